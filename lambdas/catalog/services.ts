import type { catalogEnv } from "#contract/functions";
import { reportCacheEvent } from "#platform/cache-events";
import { type Database, databaseFrom } from "#platform/database";
import { type Health, healthOf } from "#platform/health";
import { redisFrom } from "#platform/redis";
import { type FilmCache, filmCache } from "#shop/film-cache";
import { type RedisClient, SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface CatalogServices {
  readonly films: FilmCache;
  readonly health: () => Promise<Health>;
}

export function buildServices(env: z.infer<typeof catalogEnv>): CatalogServices {
  const redis = redisFrom(env);
  return catalogServices(redis, databaseFrom(env), new SharedCache({ redis, onEvent: reportCacheEvent }));
}

export function catalogServices(redis: RedisClient, database: Database, cache: SharedCache): CatalogServices {
  return { films: filmCache(cache, database), health: () => healthOf(redis, database) };
}
