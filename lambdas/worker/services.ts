import type { CollectionName } from "#contract/collections";
import type { workerEnv } from "#contract/functions";
import { openCache } from "#platform/cache";
import { type Database, databaseFrom } from "#platform/database";
import type { Invocation } from "#platform/invocation";
import { FunctionMetrics } from "#platform/metrics";
import { Outbox } from "#platform/outbox";
import { redisFrom } from "#platform/redis";
import { filmCache } from "#shop/film-cache";
import { userCache } from "#shop/users";
import type { SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface WorkerServices {
  readonly outbox: Outbox;
}

export function buildServices(env: z.infer<typeof workerEnv>, invocation: Invocation): WorkerServices {
  const metrics = new FunctionMetrics();
  invocation.atEnd(() => metrics.publish());
  return workerServices(databaseFrom(env), openCache(redisFrom(env), invocation, metrics));
}

export function workerServices(database: Database, cache: SharedCache): WorkerServices {
  // Every collection there is: one without it here doesn't compile.
  const collections = {
    ...filmCache(cache, database).collections,
    users: userCache(cache, database),
  } satisfies Record<CollectionName, unknown>;
  return { outbox: new Outbox(database, collections) };
}
