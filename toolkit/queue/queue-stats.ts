import type { RedisClient } from "../redis/connect";
import { type QueueRequest, queueScript, runQueueScript } from "./queue-script";

export interface QueueStats {
  /** Due now, those whose claim has lapsed included. */
  readonly waiting: number;
  /** Due later. */
  readonly delayed: number;
  /** Under a claim that stands. */
  readonly inFlight: number;
  readonly dead: number;
  /** For how long the oldest has been due that nobody has claimed since; 0 if there is none. */
  readonly oldestWaitingMs: number;
}

const count =
  queueScript(`local due, lapsed = call('ZCOUNT', waiting, '-inf', notDueUs), call('ZCOUNT', inFlight, '-inf', nowUs)
local oldest, oldestMs = call('ZRANGE', waiting, '-inf', notDueUs, 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES'), 0
if oldest[2] then oldestMs = math.max(nowMs - floor(oldest[2] / 1000), 0) end
return { due + lapsed, call('ZCARD', waiting) - due, call('ZCARD', inFlight) - lapsed,
  call('ZCOUNT', dead, nowMs - keepDeadMs, '+inf'), oldestMs }`);

export async function queueStats(client: RedisClient, request: QueueRequest): Promise<QueueStats> {
  const reply = await runQueueScript(client, count, request);
  const [waiting = 0, delayed = 0, inFlight = 0, dead = 0, oldestWaitingMs = 0] = Array.isArray(reply)
    ? reply.map(Number)
    : [];
  return { waiting, delayed, inFlight, dead, oldestWaitingMs };
}
