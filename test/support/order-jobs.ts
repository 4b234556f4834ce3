import type { RedisClient } from "@larder/toolkit";
import type { Database } from "../../lambdas/platform/database";
import { openOrderQueue } from "../../lambdas/platform/queues";
import { OrderJobs } from "../../lambdas/shop/order-jobs";

/** The jobs of orders as a function has them, with the queue on `redis`. */
export function orderJobsOn(database: Database, redis: RedisClient): OrderJobs {
  return new OrderJobs(
    database,
    openOrderQueue(redis, () => undefined),
  );
}
