import type { RedisClient } from "../redis/connect";
import { queueRequestIdLength, type QueueRequest, queueScript, runQueueScript } from "./queue-script";

/** So many claims that lapsed are seen to by one call. */
const mostLapsed = 100;

/**
 * ARGV …: how many, for how many ms. Returns when the claims lapse, in ms; how many others had lapsed; how many of those jobs
 * have died of it; and of each job its id and record, those that were due first at first.
 *
 * A claim that lapsed is a failed attempt, and its job is due since then. A repeated claim finds what it took by when it lapses,
 * and takes nothing else.
 */
const claim = queueScript(`local most, known = tonumber(ARGV[first]), answered()
local lapsesUs, ids, lapsed, died = known and tonumber(known) or nowUs + tonumber(ARGV[first + 1]) * 1000, nil, 0, 0
if known then
  ids = {}
  for _, one in ipairs(call('ZRANGE', inFlight, known, known, 'BYSCORE')) do
    if one:sub(1, ${queueRequestIdLength}) == request then ids[#ids + 1] = one:sub(${queueRequestIdLength + 1}) end
  end
else
  local late = call('ZRANGE', inFlight, '-inf', nowUs, 'BYSCORE', 'LIMIT', 0, ${mostLapsed}, 'WITHSCORES')
  lapsed = #late / 2
  for at = 1, #late, 2 do
    local isDead = retry(late[at]:sub(${queueRequestIdLength + 1}), tonumber(late[at + 1]), 'its claim lapsed')
    if isDead then died = died + 1 end
  end
  if lapsed > 0 then call('ZREMRANGEBYRANK', inFlight, 0, lapsed - 1) end
  ids = call('ZRANGE', waiting, '-inf', notDueUs, 'BYSCORE', 'LIMIT', 0, most)
end

local reply = { floor(lapsesUs / 1000), lapsed, died }
local head = #reply
local taken = collect(reply, jobs, ids)
if not known and taken > 0 then
  call('ZREMRANGEBYRANK', waiting, 0, taken - 1)
  local claims = {}
  for at = head + 1, #reply, 2 do
    claims[#claims + 1], claims[#claims + 2] = lapsesUs, request .. reply[at]
  end
  if #claims > 0 then call('ZADD', inFlight, unpack(claims)) end
  answer(format('%.0f', lapsesUs))
  keep(inFlight, keepMs)
  keep(jobs, keepMs)
  keep(waiting, keepMs)
end
return reply`);

/** A job as Redis has it. */
export interface ClaimedJob {
  readonly id: string;
  readonly failedAttempts: number;
  readonly addedAtMs: number;
  readonly json: string;
}

export interface Claimed {
  readonly jobs: readonly ClaimedJob[];
  /** By Redis' clock. */
  readonly lapsesAtMs: number;
  /** How many others' claims had lapsed, and how many of those jobs died of it. */
  readonly lapsed: number;
  readonly died: number;
}

/** @param most at most 1,000 */
export async function claimJobs(
  client: RedisClient,
  request: QueueRequest,
  most: number,
  visibilityMs: number,
): Promise<Claimed> {
  const reply = await runQueueScript(client, claim, request, most, visibilityMs);
  const [lapsesAtMs, lapsed, died, ...fields] = Array.isArray(reply) ? reply.map(String) : [];
  const jobs: ClaimedJob[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [head = "", json = ""] = (fields[at + 1] ?? "").split("\n");
    const [failedAttempts, addedAtMs] = head.split(" ").map(Number);
    jobs.push({ id: fields[at] ?? "", failedAttempts: failedAttempts ?? 0, addedAtMs: addedAtMs ?? 0, json });
  }
  return { jobs, lapsesAtMs: Number(lapsesAtMs), lapsed: Number(lapsed), died: Number(died) };
}
