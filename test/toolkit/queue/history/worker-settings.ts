import { Queue, type RedisClient } from "@larder/toolkit";
import type { RedisAddress } from "../../../../local/servers/redis";
import type { RedisMode } from "../../../support/redis-clients";

export interface WorkerSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  readonly historyFolder: string;
  /** A control: acknowledges by the job's id, whoever has it. */
  readonly ackUnchecked?: boolean;
}

export const visibilityMs = 600;

/** Jobs are numbers. */
export function historyQueue(redis: RedisClient, deadlineMs = 300): Queue<number> {
  return new Queue<number>({
    redis,
    name: "history",
    parse: Number,
    visibilityMs,
    maxAttempts: 6,
    backoffMs: () => 20,
    deadlineMs,
  });
}

/** No attempt at it succeeds. */
export function isHopeless(job: number): boolean {
  return job % 500 === 7;
}
