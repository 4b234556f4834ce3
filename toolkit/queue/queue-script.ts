/** What the scripts of a queue have in common. */
import type { RedisClient } from "../redis/connect";
import type { QueueSlot } from "../redis/keys";
import { newRequestId, requestIdLength } from "../redis/request-id";
import { runScript, type Script, script } from "../redis/scripts";

/** No more is read for one reply once it has so many bytes; the next are read together, so it may have 2 MiB more. */
const enoughBytes = 1_048_576;
const readTogether = 32;

/**
 * A job is a field of the hash `jobs`: `<attempts that failed> <added, ms>⏎<JSON>`; a dead letter one of `letters`:
 * `<attempts> <added, ms> <died, ms>⏎<JSON>⏎<reason>`. JSON has no line feeds.
 *
 * The sorted set `waiting` has ids by when they are due, `inFlight` claims by when they lapse, both in Redis' µs. A claim is
 * the id of the request that made it, and the id of the job. A job is due within the millisecond, so that jobs of one batch
 * can follow each other by a µs.
 *
 * An answer is remembered for 10 to 20 s by the id of its request, so that a repeated request changes nothing. Two hashes
 * take turns: the older one is thrown away as a whole.
 */
const common = `local call, floor, min, format = redis.call, math.floor, math.min, string.format
local waiting, inFlight, jobs, done, dead, letters = unpack(KEYS, 1, 6)
local request, keepMs, keepDeadMs = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local mostAttempts, dedupeMs = tonumber(ARGV[5]), tonumber(ARGV[6])
local nowUs = tonumber(ARGV[2])
if not nowUs then
  local time = call('TIME')
  nowUs = time[1] * 1000000 + time[2]
end
local nowMs = floor(nowUs / 1000)
local notDueUs = '(' .. format('%.0f', (nowMs + 1) * 1000)

-- At most once an hour, so that a renewal costs next to nothing.
local function keep(key, ms)
  if call('PTTL', key) < ms then call('PEXPIRE', key, ms + 3600000) end
end

local turn = floor(nowMs / 10000)
local ours, others = KEYS[7 + turn % 2], KEYS[8 - turn % 2]
local ourTurn

local function answered()
  local found = call('HMGET', ours, '', request)
  ourTurn = found[1] == tostring(turn)
  return found[2] or call('HGET', others, request)
end

local function answer(text)
  if not ourTurn then
    call('UNLINK', ours)
    call('HSET', ours, '', tostring(turn))
    call('PEXPIRE', ours, 30000)
  end
  call('HSET', ours, request, text)
  return text
end

-- Of the ids from the first on, what a hash has: into a reply of ids and values, until it has so much that a client waits for it.
local function collect(reply, key, ids)
  local bytes, taken = 0, 0
  while taken < #ids and bytes < ${enoughBytes} do
    local last = min(taken + ${readTogether}, #ids)
    for at, value in ipairs(call('HMGET', key, unpack(ids, taken + 1, last))) do
      if value then
        reply[#reply + 1], reply[#reply + 2] = ids[taken + at], value
        bytes = bytes + #value
      end
    end
    taken = last
  end
  return taken
end

-- Returns attempts, added, JSON; nothing if it isn't there.
local function read(id)
  local record = call('HGET', jobs, id)
  if record then return record:match('^(%d+) (%d+)\\n(.*)$') end
end

local function wait(id, dueUs, attempts, added, json)
  call('HSET', jobs, id, attempts .. ' ' .. added .. '\\n' .. json)
  call('ZADD', waiting, dueUs, id)
  local ms = keepMs + math.max(math.ceil((dueUs - nowUs) / 1000), 0)
  keep(jobs, ms)
  keep(waiting, ms)
end

local function bury(id, attempts, added, json, reason)
  call('HDEL', jobs, id)
  call('HSET', letters, id, format('%d %s %.0f\\n', attempts, added, nowMs) .. json .. '\\n' .. reason)
  call('ZADD', dead, nowMs, id)
  local old = call('ZRANGE', dead, '-inf', nowMs - keepDeadMs, 'BYSCORE', 'LIMIT', 0, 100)
  if #old > 0 then
    call('ZREM', dead, unpack(old))
    call('HDEL', letters, unpack(old))
  end
  keep(dead, keepDeadMs)
  keep(letters, keepDeadMs)
end

-- After an attempt that failed. Returns whether that was its last.
local function retry(id, dueUs, reason)
  local attempts, added, json = read(id)
  if not attempts then return false end
  attempts = attempts + 1
  if attempts >= mostAttempts then
    bury(id, attempts, added, json, reason)
    return true
  end
  wait(id, dueUs, attempts, added, json)
  return false
end
`;

/** What every script is told of its queue. */
export interface QueueRules {
  readonly maxAttempts: number;
  readonly dedupeMs: number;
  readonly keepMs: number;
  readonly keepDeadMs: number;
  /** '' for Redis' own time. */
  readonly nowUs: () => string;
}

const ownArguments = 6;

/**
 * ARGV begin with the request's id, now, and the rules; `ARGV[first]` is the script's own first. The first line makes Redis
 * treat the script as one that writes, so that a primary that was demoted refuses it.
 *
 * @param whenFull whether it may run when Redis' memory is full: what leads to less may
 */
export function queueScript(lua: string, whenFull: "allow" | "refuse" = "allow"): Script<QueueSlot> {
  const flags = whenFull === "allow" ? " flags=allow-oom" : "";
  return script(
    ({ waiting, inFlight, jobs, done, dead, letters, answers }) => [
      waiting,
      inFlight,
      jobs,
      done,
      dead,
      letters,
      ...answers,
    ],
    `#!lua${flags}\n${common}local first = ${ownArguments + 1}\n${lua}`,
  );
}

export interface QueueRequest {
  readonly slot: QueueSlot;
  readonly rules: QueueRules;
  /** The same for one that is sent again. */
  readonly id: string;
}

export const queueRequestIdLength = 2 * requestIdLength;

/** Longer than others: many are remembered at a time, and claims are told apart by them. */
export function newQueueRequestId(): string {
  return newRequestId() + newRequestId();
}

export function runQueueScript(
  client: RedisClient,
  which: Script<QueueSlot>,
  { slot, rules, id }: QueueRequest,
  ...args: readonly (string | number)[]
): Promise<unknown> {
  const { nowUs, keepMs, keepDeadMs, maxAttempts, dedupeMs } = rules;
  return runScript(client, which, slot, id, nowUs(), keepMs, keepDeadMs, maxAttempts, dedupeMs, ...args);
}
