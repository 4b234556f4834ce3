/** What whoever has claimed jobs does with them. A claim that another one has taken the place of is refused. */
import type { RedisClient } from "../redis/connect";
import { madeIdMark } from "./add-jobs";
import { queueRequestIdLength, type QueueRequest, queueScript, runQueueScript } from "./queue-script";

const idFrom = queueRequestIdLength + 1;
const mostReasonCharacters = 1_000;

/** ARGV …: claims. Returns for each 1, or 0 if it was refused. Forgets a few of the ids that are old enough. */
const ack = queueScript(`local known = answered()
if known then return known end
local stand, ids, own, answers = {}, {}, {}, {}
for at, lapsesUs in ipairs(call('ZMSCORE', inFlight, unpack(ARGV, first))) do
  local claim = ARGV[first + at - 1]
  if lapsesUs then
    local id = claim:sub(${idFrom})
    stand[#stand + 1], ids[#ids + 1] = claim, id
    if id:byte() ~= ${madeIdMark.charCodeAt(0)} then own[#own + 1], own[#own + 2] = nowMs + dedupeMs, id end
  end
  answers[at] = lapsesUs and '1' or '0'
end
local reply = table.concat(answers)
if #ids == 0 then return reply end
call('ZREM', inFlight, unpack(stand))
call('HDEL', jobs, unpack(ids))
if #own > 0 and dedupeMs > 0 then
  local old = min(call('ZCOUNT', done, '-inf', nowMs), 100 + #own)
  if old > 0 then call('ZREMRANGEBYRANK', done, 0, old - 1) end
  call('ZADD', done, unpack(own))
  keep(done, dedupeMs)
end
return answer(reply)`);

/** Of each claim whether it stood; then its job is done. */
export async function ackClaims(
  client: RedisClient,
  request: QueueRequest,
  claims: readonly string[],
): Promise<readonly boolean[]> {
  const reply = String(await runQueueScript(client, ack, request, ...claims));
  return claims.map((_, at) => reply[at] === "1");
}

export interface PutBack {
  readonly claim: string;
  /** `retry`: the attempt failed. `bury`: no attempt can succeed. `release`: there was none, so it is the first again. */
  readonly kind: "retry" | "bury" | "release";
  readonly delayMs: number;
  readonly reason: string;
}

/**
 * ARGV …: of each a claim, the kind, the delay and the reason. What is released goes before all that waits, since it was due
 * before it. Returns for each 0 if it was refused, 1 if it waits, 2 if it is dead.
 */
const putBack = queueScript(`local known = answered()
if known then return known end
local answers = {}
local head = call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
local frontUs = min(nowUs, tonumber(head[2]) or nowUs) - #ARGV
for at = first, #ARGV, 4 do
  local claim, kind, delayMs, reason = unpack(ARGV, at, at + 3)
  local id = claim:sub(${idFrom})
  local isDead = false
  if call('ZREM', inFlight, claim) == 0 then
    answers[#answers + 1] = '0'
  else
    if kind == 'retry' then
      isDead = retry(id, nowUs + delayMs * 1000 + (delayMs == '0' and 0 or 1000), reason)
    else
      local attempts, added, json = read(id)
      if attempts and kind == 'bury' then
        bury(id, attempts + 1, added, json, reason)
        isDead = true
      elseif attempts then
        frontUs = frontUs + 1
        wait(id, frontUs, attempts, added, json)
      end
    end
    answers[#answers + 1] = isDead and '2' or '1'
  end
end
return answer(table.concat(answers))`);

export type PutBackOutcome = "refused" | "waiting" | "dead";

export async function putBackClaims(
  client: RedisClient,
  request: QueueRequest,
  claims: readonly PutBack[],
): Promise<readonly PutBackOutcome[]> {
  const args = claims.flatMap(({ claim, kind, delayMs, reason }) => [
    claim,
    kind,
    delayMs,
    reason.slice(0, mostReasonCharacters),
  ]);
  const reply = String(await runQueueScript(client, putBack, request, ...args));
  return claims.map((_, at) => (reply[at] === "2" ? "dead" : reply[at] === "1" ? "waiting" : "refused"));
}

/** ARGV …: ms from now, claims. Returns for each 1, or 0 if it was refused. Repeated, it says how it stands then. */
const extend = queueScript(`local untilUs, answers, stand = nowUs + ARGV[first] * 1000, {}, {}
for at, lapsesUs in ipairs(call('ZMSCORE', inFlight, unpack(ARGV, first + 1))) do
  if lapsesUs then stand[#stand + 1], stand[#stand + 2] = untilUs, ARGV[first + at] end
  answers[at] = lapsesUs and '1' or '0'
end
if #stand > 0 then
  call('ZADD', inFlight, 'XX', unpack(stand))
  for _, key in ipairs({ inFlight, jobs, waiting }) do keep(key, keepMs) end
end
return table.concat(answers)`);

export async function extendClaims(
  client: RedisClient,
  request: QueueRequest,
  claims: readonly string[],
  ms: number,
): Promise<readonly boolean[]> {
  const reply = String(await runQueueScript(client, extend, request, ms, ...claims));
  return claims.map((_, at) => reply[at] === "1");
}
