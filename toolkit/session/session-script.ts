/** What the scripts on a user's sessions have in common. */
import type { SessionSlot } from "../redis/keys";
import { type Script, script } from "../redis/scripts";
import type { Lifetime } from "./session";

/**
 * The fields of the hash: `epoch`, a random text that is another after each "sign out everywhere", and for each session its
 * id with its record, or `gone <ms>` for one that has been ended (a tombstone).
 *
 * A session has expired by its record; the key lives until the last one has.
 */
const common = `local sessions = KEYS[1]
local idle, absolute, tombstone = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function keep(ms)
  if redis.call('PTTL', sessions) < ms then redis.call('PEXPIRE', sessions, ms) end
end

-- Returns created, seen, writes, where the payload begins; nothing for what is no session any more.
local function live(record)
  local created, seen, writes, payload = string.match(record or '', '^(%d+) (%d+) (%S*)\\n()')
  if created and now < math.min(seen + idle, created + absolute) then return created, seen, writes, payload end
end

-- Stores a session that is seen now.
local function put(id, created, writes, payload)
  local record = string.format('%.0f %.0f ', created, now) .. writes .. '\\n' .. payload
  redis.call('HSET', sessions, id, record)
  keep(math.min(now + idle, created + absolute) - now)
  return record
end

local function bury(id)
  redis.call('HSET', sessions, id, string.format('gone %.0f', now))
  keep(tombstone)
end
`;

/**
 * ARGV begin with idle ms, absolute ms and tombstone ms. The first line makes Redis treat the script as one that writes,
 * so that a primary that was demoted, which may not know what has been ended, refuses it.
 *
 * @param whenFull whether it may run when Redis' memory is full
 */
export function sessionScript(lua: string, whenFull: "allow" | "refuse" = "refuse"): Script<SessionSlot> {
  const flags = whenFull === "allow" ? " flags=allow-oom" : "";
  return script(({ sessions }) => [sessions], `#!lua${flags}\n${common}${lua}`);
}

/**
 * How long a sign-in may take, by Redis' clock. A create that arrives later, however late its process or the network was,
 * is refused. No longer than a session lives, so that none comes back that has expired.
 */
export function signInMs({ idleMs }: Pick<Lifetime, "idleMs">): number {
  return Math.min(60_000, idleMs);
}

/** A tombstone outlives every create that could still be under way, even where a failover has put Redis' clock back. */
export function commonArguments(lifetime: Lifetime): readonly number[] {
  return [lifetime.idleMs, lifetime.absoluteMs, 2 * signInMs(lifetime)];
}

/** A script's `nil` is `undefined`. */
export function textOf(reply: unknown): string | undefined {
  return Buffer.isBuffer(reply) ? reply.toString() : undefined;
}
