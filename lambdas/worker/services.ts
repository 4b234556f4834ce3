import type { CollectionName } from "#contract/collections";
import type { workerEnv } from "#contract/functions";
import { openCache } from "#platform/cache";
import { type Database, databaseFrom } from "#platform/database";
import type { Invocation } from "#platform/invocation";
import { FunctionMetrics } from "#platform/metrics";
import { Outbox } from "#platform/outbox";
import { redisClientsFrom } from "#platform/redis";
import { filmCache } from "#shop/film-cache";
import { OpenOrders } from "#shop/open-orders";
import { OrderPayment } from "#shop/order-payment";
import type { Payments } from "#shop/payments";
import { SimulatedPayments } from "#shop/simulated-payments";
import { userCache } from "#shop/users";
import { Locks, type SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface WorkerServices {
  readonly outbox: Outbox;
  readonly openOrders: OpenOrders;
}

export function buildServices(env: z.infer<typeof workerEnv>, invocation: Invocation): WorkerServices {
  const metrics = new FunctionMetrics();
  invocation.atEnd(() => metrics.publish());
  const [redis, database] = [redisClientsFrom(env), databaseFrom(env)];
  const cache = openCache(redis.cache, invocation, metrics);
  const locks = new Locks({
    redis: redis.state,
    invocation,
    onEvent: (event) => metrics.countLock("cart", event),
  });
  return workerServices(database, cache, locks, new SimulatedPayments(database));
}

export function workerServices(
  database: Database,
  cache: SharedCache,
  locks: Locks,
  payments: Payments,
): WorkerServices {
  // Every collection there is: one without it here doesn't compile.
  const collections = {
    ...filmCache(cache, database).collections,
    users: userCache(cache, database),
  } satisfies Record<CollectionName, unknown>;
  return {
    outbox: new Outbox(database, collections),
    openOrders: new OpenOrders(database, new OrderPayment(database, locks, payments)),
  };
}
