/**
 * How a lock lies in Redis: one value of a state, the last token and an end, packed, then the holder; and a sorted set of those
 * who wait, by when they came.
 *
 * `held`: the holder has it until the end; `awaited`: as held, and somebody has come to wait. `offered`: it was kept for the first of those who wait, who may take it until the
 * end; no token has been minted for that. `free`: the holder was the last to have it, and nobody waits. Times and tokens are
 * microseconds of Redis' clock, exact in Lua's numbers until the year 2255.
 */
import type { LockSlot } from "../redis/keys";
import { type Script, script } from "../redis/scripts";

/** So long tokens are remembered that nobody has asked for any more; no lease lasts nearly as long. */
export const memoryMs = 7 * 86_400_000;

/** For the first of those who wait to take what is theirs. Who doesn't is dead or frozen, and the next one gets it. */
const offerMs = 50;

/** Of a script on locks. ARGV begin with the holder. */
export interface LockLua {
  /** Returns what nearly all calls want, before anything else is prepared; or nothing. @default - nothing */
  readonly usual?: string;
  readonly otherwise: string;
  /** Whether it may run when Redis' memory is full. */
  readonly whenFull: "allow" | "refuse";
}

const state = `local free, held, awaited, offered = 0, 1, 2, 3
local lock, me, call, now = KEYS[1], ARGV[1], redis.call, 0
local state, last, ends, holder = free, 0, 0, ''
local value = call('GET', lock)
if value then
  state, last, ends = struct.unpack('>Bdd', value)
  holder = value:sub(18)
end
`;

/** Lua: stores a state. */
export function put(newState: string, token: string, end: string, holder: string): string {
  return `call('SET', lock, struct.pack('>Bdd', ${newState}, ${token}, ${end}) .. ${holder}, 'PX', '${memoryMs}')`;
}

/** Lua: reads the clock. */
export const look = `local time = call('TIME')
now = time[1] * 1000000 + time[2]`;

const handing = `local waiters = KEYS[2]

-- Those who wait arm their timers anew; \`to\` may take the lock now ('' for nobody).
local function tell(untilUs, to)
  call('PUBLISH', lock .. ':news', string.format('%.0f ', math.ceil((untilUs - now) / 1000)) .. to)
end

local function offer(to)
  ${look}
  ends = now + ${offerMs * 1_000}
  ${put("offered", "last", "ends", "to")}
  tell(ends, to)
end

local function handOver()
  local head = call('ZPOPMIN', waiters)[1]
  if head then offer(head) else ${put("free", "last", "0", "me")} end
end
`;

/**
 * A script on a lock. The first line makes Redis treat it as one that writes, so that a primary that was demoted, which may not
 * know who has the lock, refuses it.
 */
export function lockScript({ usual = "", otherwise, whenFull }: LockLua): Script<LockSlot> {
  const flags = whenFull === "allow" ? " flags=allow-oom" : "";
  return script(({ lock, waiters }) => [lock, waiters], `#!lua${flags}\n${state}${usual}\n${handing}${otherwise}`);
}

export function millisecondsOf(microseconds: unknown): number {
  return Number(microseconds) / 1_000;
}
