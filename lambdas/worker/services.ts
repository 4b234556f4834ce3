import type { CollectionName } from "#contract/collections";
import type { workerEnv } from "#contract/functions";
import { openCache } from "#platform/cache";
import { type Database, databaseFrom } from "#platform/database";
import type { Invocation } from "#platform/invocation";
import { FunctionMetrics } from "#platform/metrics";
import { Outbox } from "#platform/outbox";
import { openOrderQueue, openRefreshQueue } from "#platform/queues";
import { redisClientsFrom } from "#platform/redis";
import { BestSellers, openBestSellerBoard } from "#shop/best-sellers";
import { filmCache } from "#shop/film-cache";
import type { Mailer } from "#shop/mailer";
import { OpenOrders } from "#shop/open-orders";
import { OrderConfirmation } from "#shop/order-confirmation";
import { OrderJobs } from "#shop/order-jobs";
import { OrderPayment } from "#shop/order-payment";
import type { Payments } from "#shop/payments";
import { refreshIn } from "#shop/refreshes";
import { SesMailer } from "#shop/ses-mailer";
import { SimulatedPayments } from "#shop/simulated-payments";
import { forgetOldMails, TableMailer } from "#shop/table-mailer";
import { userCache } from "#shop/users";
import { Locks, type RedisClient, type SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";
import { orderWork } from "./order-work";
import { ScheduledJobs } from "./scheduled-jobs";
import { type WorkedQueue, workedQueue } from "./worked-queue";

export interface WorkerServices {
  readonly outbox: Outbox;
  readonly openOrders: OpenOrders;
  readonly orderJobs: OrderJobs;
  readonly scheduled: ScheduledJobs;
  readonly queues: readonly WorkedQueue[];
  /** How long a run works at them; 0: until they are empty. */
  readonly workMs: number;
  readonly metrics: FunctionMetrics;
}

export function buildServices(env: z.infer<typeof workerEnv>, invocation: Invocation): WorkerServices {
  const metrics = new FunctionMetrics();
  invocation.atEnd(() => metrics.publish());
  const [redis, database] = [redisClientsFrom(env), databaseFrom(env)];
  return workerServices({
    database,
    state: redis.state,
    cache: openCache(redis.cache, invocation, metrics),
    payments: new SimulatedPayments(database),
    mailer: mailerFrom(env, database),
    invocation,
    metrics,
    workMs: env.WORKER_RUN_SECONDS * 1_000,
  });
}

export function mailerFrom(
  { MAIL_FROM: from }: Pick<z.infer<typeof workerEnv>, "MAIL_FROM">,
  database: Database,
): Mailer {
  return from === undefined ? new TableMailer(database) : new SesMailer(from);
}

export interface WorkerParts {
  readonly database: Database;
  readonly state: RedisClient;
  readonly cache: SharedCache;
  readonly payments: Payments;
  readonly mailer: Mailer;
  readonly invocation: Pick<Invocation, "remainingMs">;
  readonly metrics: FunctionMetrics;
  readonly workMs: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export function workerServices(parts: WorkerParts): WorkerServices {
  const { database, state, cache, payments, mailer, invocation, metrics, workMs } = parts;
  // Every collection there is: one without it here doesn't compile.
  const collections = {
    ...filmCache(cache, database).collections,
    users: userCache(cache, database),
  } satisfies Record<CollectionName, unknown>;
  const locksOf = (kind: string) =>
    new Locks({ redis: state, invocation, onEvent: (event) => metrics.countLock(kind, event) });
  const refresh = refreshIn(collections);
  const orderQueue = openOrderQueue(state, metrics.countQueue);
  const orderJobs = new OrderJobs(database, orderQueue);
  const confirmation = new OrderConfirmation(database, mailer);
  const bestSellers = new BestSellers(openBestSellerBoard(state, metrics.countBoard), database);
  return {
    outbox: new Outbox(database, collections),
    openOrders: new OpenOrders(database, new OrderPayment(database, locksOf("cart"), payments, orderJobs)),
    orderJobs,
    scheduled: new ScheduledJobs(database, locksOf("scheduled"), [
      { name: "rebuild boards", everyMs: hourMs, run: () => rebuildBoards(bestSellers) },
      { name: "forget old mails", everyMs: dayMs, run: () => forgetOldMails(database) },
    ]),
    queues: [
      workedQueue("orders", orderQueue, orderWork({ jobs: orderJobs, confirmation, bestSellers })),
      workedQueue("refreshes", openRefreshQueue(state, metrics.countQueue), ({ data }) => refresh(data)),
    ],
    workMs,
    metrics,
  };
}

/** Makes up for what Redis lost of them, or was counted while they were lost. */
async function rebuildBoards(bestSellers: BestSellers): Promise<void> {
  const { rebuilt } = await bestSellers.rebuild();
  if (!rebuilt) throw new Error("redis lost a part of the boards while they were rebuilt");
}
