/**
 * The log of a collection's changes in Redis, a bounded stream.
 *
 * A place in it is the last entry that a process saw: its id and a nonce, since after a failover another entry may have the
 * same id. A place that isn't in the log any more is lost, and with it all that was kept under it.
 */
import { randomBytes } from "node:crypto";
import type { RedisClient } from "../redis/connect";
import type { CollectionSlot } from "../redis/keys";
import { runScript, script } from "../redis/scripts";
import { type Change, changeText, parseChange } from "./change";

export interface Place {
  readonly id: string;
  readonly nonce: string;
}

export type Reading =
  | { readonly state: "since"; readonly end: Place; readonly changes: readonly Change[] }
  | { readonly state: "lost"; readonly end: Place };

/** A process that is further behind than this has lost its place. */
const mostChanges = 1_000;
const keptEntries = 10_000;
const logTtlMs = 24 * 60 * 60_000;

/** Lua: appends an entry and gives the log its lifetime. */
export const luaAppend = `local function append(log, change, nonce)
  local id = redis.call('XADD', log, 'MAXLEN', '~', ${keptEntries}, '*', 'change', change, 'nonce', nonce)
  redis.call('PEXPIRE', log, ${logTtlMs})
  return id
end
`;

/**
 * KEYS log · ARGV the place's id ('' for none) and nonce, a new nonce.
 * Returns { end id, end nonce, 1 if the place was found, change … }.
 *
 * An absent log is no place: a marker begins it. The first line makes Redis treat the script as one that writes, so that a
 * primary that was demoted refuses it.
 */
const read = script<CollectionSlot>(
  ({ log }) => [log],
  `#!lua
${luaAppend}
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last then return { append(KEYS[1], 'marker', ARGV[3]), ARGV[3], 0 } end
local answer = { last[1], last[2][4], 0 }
if ARGV[1] == '' then return answer end
local since = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ${mostChanges + 2})
local place = since[1]
if not place or place[1] ~= ARGV[1] or place[2][4] ~= ARGV[2] or #since > ${mostChanges + 1} then return answer end
answer[3] = 1
for at = 2, #since do answer[at + 2] = since[at][2][2] end
return answer`,
);

/** Reads what was changed since a place. */
export async function readLog(client: RedisClient, slot: CollectionSlot, place: Place | undefined): Promise<Reading> {
  const reply = await runScript(client, read, slot, place?.id ?? "", place?.nonce ?? "", newNonce());
  const [id = "", nonce = "", found, ...texts] = Array.isArray(reply) ? reply.map(String) : [];
  const end = { id, nonce };
  if (found !== "1") return { state: "lost", end };
  return { state: "since", end, changes: texts.map(parseChange).filter((change) => change !== undefined) };
}

/** KEYS log · ARGV nonce, changes. */
const appendAll = script<CollectionSlot>(
  ({ log }) => [log],
  `${luaAppend}
for at = 2, #ARGV do append(KEYS[1], ARGV[at], ARGV[1]) end
return 1`,
);

export async function appendChanges(
  client: RedisClient,
  slot: CollectionSlot,
  changes: readonly Change[],
): Promise<void> {
  await runScript(client, appendAll, slot, newNonce(), ...changes.map(changeText));
}

export function newNonce(): string {
  return randomBytes(6).toString("base64");
}
