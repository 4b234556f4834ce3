import type { catalogEnv } from "#contract/functions";
import { openCache } from "#platform/cache";
import { type Database, databaseFrom } from "#platform/database";
import { type Found, healthOf } from "#platform/health";
import type { Invocation } from "#platform/invocation";
import { Limits } from "#platform/limits";
import { FunctionMetrics } from "#platform/metrics";
import { Outbox } from "#platform/outbox";
import { openRefreshQueue } from "#platform/queues";
import { redisClientsFrom } from "#platform/redis";
import { type FilmCache, filmCache } from "#shop/film-cache";
import { FilmChanges } from "#shop/film-changes";
import { queueRefreshes } from "#shop/refreshes";
import type { RedisClient, SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface CatalogServices {
  readonly films: FilmCache;
  readonly filmChanges: FilmChanges;
  readonly outbox: Outbox;
  readonly health: () => Promise<Found>;
}

export function buildServices(
  env: z.infer<typeof catalogEnv>,
  invocation: Invocation,
): CatalogServices & { readonly limits: Limits } {
  const redis = redisClientsFrom(env);
  const metrics = new FunctionMetrics();
  const limits = new Limits({ redis: redis.state, onEvent: metrics.countLimit });
  const refreshLater = queueRefreshes(openRefreshQueue(redis.state, metrics.countQueue));
  const cache = openCache(redis.cache, invocation, metrics, refreshLater);
  const services = catalogServices(redis.cache, databaseFrom(env), cache);
  invocation.atEnd(
    () => services.outbox.sweepIfDue(invocation.remainingMs()),
    () => metrics.publish(),
  );
  return { ...services, limits };
}

export function catalogServices(redis: RedisClient, database: Database, cache: SharedCache): CatalogServices {
  const films = filmCache(cache, database);
  const outbox = new Outbox(database, films.collections);
  return { films, filmChanges: new FilmChanges(database, outbox), outbox, health: () => healthOf(redis, database) };
}
