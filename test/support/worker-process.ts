/** An environment of the worker in this process, with connections of its own. */
import { SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";
import { FunctionMetrics } from "../../lambdas/platform/metrics";
import { scheduledFunction } from "../../lambdas/platform/scheduled-function";
import type { Mailer } from "../../lambdas/shop/mailer";
import { SimulatedPayments } from "../../lambdas/shop/simulated-payments";
import { TableMailer } from "../../lambdas/shop/table-mailer";
import { runWorker } from "../../lambdas/worker/run";
import { type WorkerServices, workerServices } from "../../lambdas/worker/services";
import { lambdaContext } from "./invoke";
import { connected } from "./redis-clients";
import { signedInAs } from "./redis-users";
import { connectedDatabase, type DatabaseEnvironment } from "./shop-database";

export interface WorkerProcess extends WorkerServices {
  /** One run, as the schedule calls it. */
  readonly run: () => Promise<void>;
}

export interface WorkerProcessOptions {
  /** @default - none is sent: they lie in the table */
  readonly mailer?: Mailer;
  /** @default 0 - until the queues are empty */
  readonly workMs?: number;
  /** Of each run. @default 30,000 */
  readonly remainingMs?: number;
}

export function workerProcess(
  address: Parameters<typeof connected>[0],
  env: DatabaseEnvironment,
  { mailer, workMs = 0, remainingMs = 30_000 }: WorkerProcessOptions = {},
): WorkerProcess {
  const state = connected(signedInAs("worker", "state", address));
  const cache = connected(signedInAs("worker", "cache", address));
  const database = connectedDatabase(env);
  const services = workerServices({
    database,
    state,
    cache: new SharedCache({ redis: cache }),
    payments: new SimulatedPayments(database),
    mailer: mailer ?? new TableMailer(database),
    invocation: { remainingMs: () => remainingMs },
    metrics: new FunctionMetrics(),
    workMs,
  });
  const handler = scheduledFunction({ env: z.object({}), services: () => services, run: runWorker });
  const context = () => ({ ...lambdaContext(), getRemainingTimeInMillis: () => remainingMs });
  return { ...services, run: () => handler({}, context()) };
}
