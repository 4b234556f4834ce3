import type { leaderboardsEnv } from "#contract/functions";
import { openCache } from "#platform/cache";
import { type Database, databaseFrom } from "#platform/database";
import type { Invocation } from "#platform/invocation";
import { Limits } from "#platform/limits";
import { FunctionMetrics } from "#platform/metrics";
import { redisClientsFrom } from "#platform/redis";
import { BestSellers, openBestSellerBoard } from "#shop/best-sellers";
import { FilmBoards } from "#shop/film-boards";
import { filmCache } from "#shop/film-cache";
import type { Leaderboard, SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface LeaderboardsServices {
  readonly boards: FilmBoards;
}

export function buildServices(
  env: z.infer<typeof leaderboardsEnv>,
  invocation: Invocation,
): LeaderboardsServices & { readonly limits: Limits } {
  const redis = redisClientsFrom(env);
  const metrics = new FunctionMetrics();
  invocation.atEnd(() => metrics.publish());
  const services = leaderboardsServices(
    openBestSellerBoard(redis.state, metrics.countBoard),
    databaseFrom(env),
    openCache(redis.cache, invocation, metrics),
  );
  return { ...services, limits: new Limits({ redis: redis.state, onEvent: metrics.countLimit }) };
}

export function leaderboardsServices(board: Leaderboard, database: Database, cache: SharedCache): LeaderboardsServices {
  return { boards: new FilmBoards(new BestSellers(board, database), filmCache(cache, database)) };
}
