import type { Invocation } from "#platform/invocation";
import type { FunctionMetrics } from "#platform/metrics";
import { logger } from "#platform/logger";
import { type Job, RedisUnavailableError } from "@larder/toolkit";
import type { WorkedQueue } from "./worked-queue";

export interface Shift {
  readonly queues: readonly WorkedQueue[];
  /** How long a run works; 0: until the queues are empty. */
  readonly workMs: number;
  readonly metrics: Pick<FunctionMetrics, "countWork" | "tellQueue">;
}

/** Of each queue. What they do waits for the environment's one connection to PostgreSQL; many at once would wait too long. */
const concurrency = 4;
/** No job is begun in the last part of an invocation; those under way end in it. */
const jobNeedsMs = 15_000;

/**
 * Works at all queues at once. A queue that had nothing is asked again after 20 ms, and as long as it has nothing each time later, up to
 * half a second.
 *
 * @throws what Redis refuses by an error, once the other queues have been worked at
 */
export async function workAtQueues(
  { queues, workMs, metrics }: Shift,
  invocation: Pick<Invocation, "remainingMs">,
): Promise<void> {
  const longestMs = invocation.remainingMs() - jobNeedsMs;
  if (longestMs <= 0) return;
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), workMs === 0 ? longestMs : Math.min(workMs, longestMs));
  const options = { concurrency, signal: end.signal, untilEmpty: workMs === 0 };
  const tellOf =
    (queue: string) =>
    (error: unknown, { id, attempt }: Job<unknown>) =>
      logger.warn("an attempt at a job failed", { queue, jobId: id, attempt, error });
  const worked = await Promise.allSettled(
    queues.map(async ({ name, work, stats }) => {
      if (workMs === 0) await stats(); // a Redis that is gone isn't waited for: the next run comes soon
      metrics.countWork(name, await work({ ...options, onFailure: tellOf(name) }));
      metrics.tellQueue(name, await stats());
    }),
  );
  clearTimeout(timer);
  for (const one of worked)
    if (one.status === "rejected" && !(one.reason instanceof RedisUnavailableError)) throw one.reason;
}
