/** The queues of background jobs. They lie in the Redis of state, which doesn't evict. */
import { OrderJob, type QueueName, RefreshJob } from "#contract/queues";
import { Queue, type QueueEvent, type RedisClient } from "@larder/toolkit";

type OnEvent = (event: QueueEvent) => void;

/** What is to be done for orders that are paid. Each job lies in the outbox as well until it is done. */
export function openOrderQueue(redis: RedisClient, onEvent: OnEvent): Queue<OrderJob> {
  return new Queue({
    redis,
    name: "orders" satisfies QueueName,
    maxAttempts: 8, // over two minutes: what they wait for may fail over meanwhile
    parse: (json) => OrderJob.safeParse(json).data,
    onEvent,
  });
}

/** Cached values that are to be loaded anew before somebody has to wait for it. A job that is lost costs no more than that wait. */
export function openRefreshQueue(redis: RedisClient, onEvent: OnEvent): Queue<RefreshJob> {
  return new Queue({
    redis,
    name: "refreshes" satisfies QueueName,
    visibilityMs: 15_000,
    maxAttempts: 2,
    dedupeMs: 0, // what is due again after it was loaded is another job
    keepMs: 3_600_000,
    parse: (json) => RefreshJob.safeParse(json).data,
    onEvent,
  });
}
