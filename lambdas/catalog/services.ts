import type { catalogEnv } from "#contract/functions";
import { openCache } from "#platform/cache";
import { CacheMetrics } from "#platform/cache-metrics";
import { type Database, databaseFrom } from "#platform/database";
import { type Health, healthOf } from "#platform/health";
import type { Invocation } from "#platform/invocation";
import { Outbox } from "#platform/outbox";
import { redisFrom } from "#platform/redis";
import { type FilmCache, filmCache } from "#shop/film-cache";
import type { RedisClient, SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface CatalogServices {
  readonly films: FilmCache;
  readonly outbox: Outbox;
  readonly health: () => Promise<Health>;
}

export function buildServices(env: z.infer<typeof catalogEnv>, invocation: Invocation): CatalogServices {
  const redis = redisFrom(env);
  const metrics = new CacheMetrics();
  const services = catalogServices(redis, databaseFrom(env), openCache(redis, invocation, metrics));
  invocation.atEnd(
    () => services.outbox.sweepIfDue(invocation.remainingMs()),
    () => metrics.publish(),
  );
  return services;
}

export function catalogServices(redis: RedisClient, database: Database, cache: SharedCache): CatalogServices {
  const films = filmCache(cache, database);
  return { films, outbox: new Outbox(database, films.collections), health: () => healthOf(redis, database) };
}
