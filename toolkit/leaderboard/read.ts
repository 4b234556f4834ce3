/** Reads one window of a board. Both run even when Redis' memory is full. */
import type { RedisClient } from "../redis/connect";
import { runScript } from "../redis/scripts";
import { type BoardKeys, type BoardMoment, boardScript, windowArguments } from "./board-script";

const keys = ({ slot, windows }: BoardKeys) => windows.map(({ name }) => slot.window(name));

/** KEYS window · ARGV now, at, six of the window, member, with how many neighbours. Returns the standing. */
const standingScript = boardScript(
  keys,
  `if isMoved(windowFrom(KEYS[1], 3)) then return moved() end
return { 'done', standing(KEYS[1], ARGV[9], tonumber(ARGV[10])) }`,
  "allow",
);

export async function readStanding(
  client: RedisClient,
  of: BoardKeys,
  { nowMs, atMs }: BoardMoment,
  member: string,
  neighbours: number,
): Promise<unknown> {
  return runScript(client, standingScript, of, nowMs, atMs, ...of.windows.flatMap(windowArguments), member, neighbours);
}

/** KEYS window · ARGV now, at, six of the window, how many. Returns the best. */
const topScript = boardScript(
  keys,
  `if isMoved(windowFrom(KEYS[1], 3)) then return moved() end
return { 'done', call('ZRANGE', KEYS[1], 0, ARGV[9] - 1, 'WITHSCORES') }`,
  "allow",
);

export async function readTop(
  client: RedisClient,
  of: BoardKeys,
  { nowMs, atMs }: BoardMoment,
  count: number,
): Promise<unknown> {
  return runScript(client, topScript, of, nowMs, atMs, ...of.windows.flatMap(windowArguments), count);
}
