/** A worker whose runs follow each other, until it is told to end. */
import { connectRedis, SharedCache } from "@larder/toolkit";
import { databaseFrom } from "../../../lambdas/platform/database";
import { FunctionMetrics } from "../../../lambdas/platform/metrics";
import { SimulatedPayments } from "../../../lambdas/shop/simulated-payments";
import { TableMailer } from "../../../lambdas/shop/table-mailer";
import { runWorker } from "../../../lambdas/worker/run";
import { workerServices } from "../../../lambdas/worker/services";
import type { RedisAddress } from "../../../local/servers/redis";
import { type RedisStore, signedInAs } from "../../support/redis-users";
import type { DatabaseEnvironment } from "../../support/shop-database";

export interface WorkingSettings {
  readonly redis: RedisAddress;
  readonly database: DatabaseEnvironment;
}

const settings = JSON.parse(process.argv[2]!) as WorkingSettings;
const { host, port, user, password } = settings.redis;
const credentials = { username: user, password: () => password };
const connected = (store: RedisStore) =>
  connectRedis(signedInAs("worker", store, { mode: "single", host, port, credentials }));
const database = databaseFrom(settings.database);
const services = workerServices({
  database,
  state: connected("state"),
  cache: new SharedCache({ redis: connected("cache") }),
  payments: new SimulatedPayments(database),
  mailer: new TableMailer(database),
  invocation: { remainingMs: () => 30_000 },
  metrics: new FunctionMetrics(),
  workMs: 1_000,
});

let isToldToEnd = false;
process.once("message", () => (isToldToEnd = true));
process.on("disconnect", () => process.exit()); // whoever began it is gone

async function workOn(): Promise<void> {
  while (!isToldToEnd) await runWorker(services, { remainingMs: () => 30_000 });
}
void workOn().then(() => process.exit(0));
