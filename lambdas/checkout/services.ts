import type { checkoutEnv } from "#contract/functions";
import type { Order, OrderPage, OrderSearch } from "#contract/orders";
import { type Database, databaseFrom } from "#platform/database";
import type { Invocation } from "#platform/invocation";
import { Limits } from "#platform/limits";
import { FunctionMetrics } from "#platform/metrics";
import { stateRedisFrom } from "#platform/redis";
import { openOrderQueue } from "#platform/queues";
import { openSessions } from "#platform/sessions";
import { Checkout } from "#shop/checkout";
import { OrderJobs } from "#shop/order-jobs";
import { OrderPayment } from "#shop/order-payment";
import { orderOf, ordersOf } from "#shop/orders";
import type { Payments } from "#shop/payments";
import { readSessionData, type SessionData } from "#shop/session-data";
import { SimulatedPayments } from "#shop/simulated-payments";
import { Locks, type SessionStore } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface CheckoutServices {
  readonly checkout: Checkout;
  readonly orders: {
    readonly one: (userId: string, id: string) => Promise<Order | undefined>;
    readonly list: (userId: string, search: OrderSearch) => Promise<OrderPage>;
  };
}

export function buildServices(
  env: z.infer<typeof checkoutEnv>,
  invocation: Invocation,
): CheckoutServices & { readonly limits: Limits; readonly locks: Locks } {
  const redis = stateRedisFrom(env);
  const metrics = new FunctionMetrics();
  invocation.atEnd(() => metrics.publish());
  const database = databaseFrom(env);
  const locks = new Locks({ redis, invocation, onEvent: (event) => metrics.countLock("cart", event) });
  const services = checkoutServices(
    database,
    openSessions(redis, readSessionData),
    locks,
    new SimulatedPayments(database),
    new OrderJobs(database, openOrderQueue(redis, metrics.countQueue)),
  );
  return { ...services, locks, limits: new Limits({ redis, onEvent: metrics.countLimit }) };
}

export function checkoutServices(
  database: Database,
  sessions: SessionStore<SessionData>,
  locks: Locks,
  payments: Payments,
  jobs: OrderJobs,
): CheckoutServices {
  return {
    checkout: new Checkout(database, sessions, new OrderPayment(database, locks, payments, jobs)),
    orders: {
      one: (userId, id) => orderOf(database, userId, id),
      list: (userId, search) => ordersOf(database, userId, search),
    },
  };
}
