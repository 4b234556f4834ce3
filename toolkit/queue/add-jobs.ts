import type { RedisClient } from "../redis/connect";
import { type QueueRequest, queueScript, runQueueScript } from "./queue-script";

/** A job as it is sent. */
export interface AddedJob {
  /** The caller's own; '' for one made of the request's id. */
  readonly ownId: string;
  readonly delayMs: number;
  readonly json: string;
}

/** Before the ids that are made here. The caller's own can't begin with it, so only those are looked up and remembered. */
export const madeIdMark = "~";

/**
 * ARGV …: of each job its id, for how long it is delayed, and its JSON. Returns for each 1 if it was added, 0 if there is a
 * job of that id, or was within `dedupeMs`. An id is a job or a dead letter, never both: one that is added has no letter any more.
 */
const add = queueScript(
  `local known = answered()
if known then return known end
local made, own, due, answers, longest = {}, {}, {}, {}, 0
local begin = '0 ' .. format('%.0f', nowMs) .. '\\n'
for at = first, #ARGV, 3 do
  local id, delayMs, isNew = ARGV[at], tonumber(ARGV[at + 1]), true
  local record = begin .. ARGV[at + 2]
  if id:byte() == ${madeIdMark.charCodeAt(0)} then
    made[#made + 1], made[#made + 2] = id, record
  else
    local forgotten = call('ZSCORE', done, id)
    isNew = not (forgotten and tonumber(forgotten) > nowMs) and call('HSETNX', jobs, id, record) == 1
    if isNew then own[#own + 1] = id end
  end
  if isNew then
    local dueUs = nowUs + #due / 2
    -- Not before its time, though it is due within the millisecond.
    if delayMs > 0 then dueUs = dueUs + delayMs * 1000 + 1000 end
    if delayMs > longest then longest = delayMs end
    due[#due + 1], due[#due + 2] = dueUs, id
  end
  answers[#answers + 1] = isNew and '1' or '0'
end
if #made > 0 then call('HSET', jobs, unpack(made)) end
if #own > 0 and call('HDEL', letters, unpack(own)) > 0 then call('ZREM', dead, unpack(own)) end
if #due > 0 then
  call('ZADD', waiting, unpack(due))
  keep(jobs, keepMs + longest)
  keep(waiting, keepMs + longest)
end
return answer(table.concat(answers))`,
  "refuse",
);

/** Of each job its id, and whether it was added. */
export async function addJobs(client: RedisClient, request: QueueRequest, jobs: readonly AddedJob[]) {
  const ids = jobs.map(({ ownId }, at) => (ownId === "" ? `${madeIdMark}${request.id}${at}` : ownId));
  const args = jobs.flatMap(({ delayMs, json }, at) => [ids[at] ?? "", delayMs, json]);
  const reply = String(await runQueueScript(client, add, request, ...args));
  return ids.map((id, at) => ({ id, added: reply[at] === "1" }));
}
