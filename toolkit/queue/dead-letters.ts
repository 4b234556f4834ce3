import type { RedisClient } from "../redis/connect";
import { type QueueRequest, queueScript, runQueueScript } from "./queue-script";

/** A job that no attempt brought to its end. */
export interface DeadLetter {
  readonly id: string;
  /** What was added, as JSON made it; nobody has checked it. Its text, if that is no JSON: not every client is ours. */
  readonly data: unknown;
  readonly attempts: number;
  /** Of the last attempt. */
  readonly reason: string;
  /** By Redis' clock. */
  readonly addedAtMs: number;
  readonly diedAtMs: number;
}

/** ARGV …: how many. Returns of each its id and letter, the newest first. */
const list =
  queueScript(`local ids = call('ZRANGE', dead, '+inf', nowMs - keepDeadMs, 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[first])
local reply = {}
collect(reply, letters, ids)
return reply`);

export async function listDead(client: RedisClient, request: QueueRequest, most: number): Promise<DeadLetter[]> {
  const reply = await runQueueScript(client, list, request, most);
  const fields = Array.isArray(reply) ? reply.map(String) : [];
  const letters: DeadLetter[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) letters.push(letterOf(fields[at] ?? "", fields[at + 1] ?? ""));
  return letters;
}

function letterOf(id: string, letter: string): DeadLetter {
  const [head = "", json = "null", ...reason] = letter.split("\n");
  const [attempts = 0, addedAtMs = 0, diedAtMs = 0] = head.split(" ").map(Number);
  return { id, data: readable(json), attempts, reason: reason.join("\n"), addedAtMs, diedAtMs };
}

/** One letter that can't be read mustn't hide the others. */
function readable(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** ARGV …: id. Returns 1, or 0 where there is no such letter. There is no job of that id then: see `add`. */
const retryOne = queueScript(
  `local known = answered()
if known then return known end
local id = ARGV[first]
local letter = call('HGET', letters, id)
if not letter then return '0' end
local added, json = letter:match('^%d+ (%d+) %d+\\n([^\\n]*)')
call('ZREM', dead, id)
call('HDEL', letters, id)
wait(id, nowUs, 0, added, json)
return answer('1')`,
  "refuse",
);

export async function retryDead(client: RedisClient, request: QueueRequest, id: string): Promise<boolean> {
  return String(await runQueueScript(client, retryOne, request, id)) === "1";
}
