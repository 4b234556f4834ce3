/** Adds to all windows of a board at once. */
import type { RedisClient } from "../redis/connect";
import { runScript } from "../redis/scripts";
import { type BoardKeys, type BoardMoment, boardScript, windowArguments } from "./board-script";
import { checkStoredText } from "./stored-text";

/** How much a member gets. */
export interface BoardChange {
  readonly member: string;
  /** A whole number; below 0 takes away. */
  readonly by: number;
}

export interface Add {
  readonly id: string;
  /** The same for an add that is sent again. */
  readonly request: string;
  readonly changes: readonly BoardChange[];
  readonly idempotencyMs: number;
  /** Whose standing to answer, in which of the windows (from 0). */
  readonly show?: { readonly window: number; readonly neighbours: number };
}

/** A script that takes more would hold Redis up for milliseconds. */
const mostChanges = 250;

/** One change for each member. @throws RangeError, TypeError that shows the value */
export function summedUp(changes: readonly BoardChange[]): readonly BoardChange[] {
  if (changes.length === 0 || changes.length > mostChanges)
    throw new RangeError(`there are ${changes.length} changes to add: give 1 to ${mostChanges}`);
  const sums = new Map<string, number>();
  for (const { member, by } of changes) {
    checkStoredText("member", member);
    if (!Number.isSafeInteger(by) || by === 0)
      throw new RangeError(`${member} is to get ${by}: give a whole number other than 0`);
    sums.set(member, (sums.get(member) ?? 0) + by);
  }
  return [...sums].map(([member, by]) => ({ member, by }));
}

interface AddKeys extends BoardKeys {
  readonly id: string;
}

/**
 * KEYS added, rebuild, meanwhile, windows … · ARGV now, at, request, for how long its id is known, the number of windows, of each
 * six arguments, which of them to show (0 for none), with how many neighbours, then member, by, member, by …. Returns 1 if this
 * request added it, and the first member's standing.
 *
 * Under the id lies `added <request> <at>`, or `seeded <window> …` for what a rebuild has put into those windows already. Who
 * comes again is told of the time of the first add, and so of its windows.
 */
const addScript = boardScript(
  ({ slot, windows, id }: AddKeys) => [
    slot.added(id),
    slot.rebuild,
    slot.meanwhile,
    ...windows.map(({ name }) => slot.window(name)),
  ],
  `local request, count = ARGV[3], tonumber(ARGV[5])
local known = call('GET', KEYS[1])
local seeded = string.match(known or '', '^seeded(.*)$')
local first, time = string.match(known or '', '^added (%S+) (%d+)$')
at = tonumber(time) or at
local windows = {}
for i = 1, count do
  windows[i] = windowFrom(KEYS[3 + i], 6 * i)
  if isMoved(windows[i]) then return moved() end
end
local rest = 6 + 6 * count
local show, neighbours, changes = windows[tonumber(ARGV[rest])], tonumber(ARGV[rest + 1]), { unpack(ARGV, rest + 2) }

if not known or seeded then
  -- All that may be refused comes before the first write.
  local rebuilt = string.match(call('GET', KEYS[2]) or '', '^building %S+ (%S+) ')
  local writes = {}
  for _, window in ipairs(windows) do
    if window.life > 0 and not (seeded and (seeded .. ' '):find(' ' .. window.name .. ' ', 1, true)) then
      local scores, refusal = changed(window, window.key, at, changes)
      if not scores then return refusal end
      writes[window] = scores
    end
  end
  for window, scores in pairs(writes) do
    if window.name == rebuilt then
      call('HSET', KEYS[3], KEYS[1], cmsgpack.pack({ at, changes }))
      call('PEXPIRE', KEYS[3], call('PTTL', KEYS[2]))
    end
    call('ZADD', window.key, unpack(scores))
    call('PEXPIRE', window.key, window.life)
  end
  call('SET', KEYS[1], string.format('added %s %.0f', request, at), 'PX', ARGV[4])
  first = request
end
return { 'done', first == request and 1 or 0, show and standing(show.key, changes[1], neighbours) or {} }`,
);

export async function add(
  client: RedisClient,
  { slot, windows }: BoardKeys,
  { nowMs, atMs }: BoardMoment,
  { id, request, changes, idempotencyMs, show }: Add,
): Promise<unknown> {
  return runScript(
    client,
    addScript,
    { slot, windows, id },
    nowMs,
    atMs,
    request,
    idempotencyMs,
    windows.length,
    ...windows.flatMap(windowArguments),
    show === undefined ? 0 : show.window + 1,
    show?.neighbours ?? 0,
    ...changes.flatMap(({ member, by }) => [member, by]),
  );
}
