import type { Invocation } from "#platform/invocation";
import { logger } from "#platform/logger";
import { isRedisFull } from "#platform/redis-full";
import { RedisUnavailableError } from "@larder/toolkit";
import type { WorkerServices } from "./services";

/**
 * Carries out the invalidations that were left over, as far as Redis confirms them, finishes the orders that nobody asks for any
 * more, and queues jobs that weren't done in their time, as long as the invocation lasts; the next run finds the rest.
 *
 * @throws DatabaseUnavailableError when PostgreSQL gave no answer
 */
export async function tidyUp(
  { outbox, openOrders, orderJobs }: Pick<WorkerServices, "outbox" | "openOrders" | "orderJobs">,
  invocation: Pick<Invocation, "remainingMs">,
): Promise<void> {
  const remainingMs = () => invocation.remainingMs();
  const carriedOut = await outbox.sweepAll(remainingMs);
  if (carriedOut > 0) logger.info("invalidations left over are carried out", { carriedOut });
  const finished = await openOrders.finish(remainingMs);
  if (finished > 0) logger.info("orders left open are finished", { finished });
  try {
    const requeued = await orderJobs.requeue(remainingMs);
    if (requeued > 0) logger.info("jobs of orders are queued again", { requeued });
  } catch (error) {
    // Of a Redis that is full, too: the jobs that it has can be done, and make room.
    if (!(error instanceof RedisUnavailableError || isRedisFull(error))) throw error;
    logger.warn("jobs of orders can't be queued at the moment", { error });
  }
}
