import type { accountsEnv } from "#contract/functions";
import type { User } from "#contract/users";
import { reportCacheEvent } from "#platform/cache-events";
import { type Database, databaseFrom } from "#platform/database";
import { redisFrom } from "#platform/redis";
import { userCache } from "#shop/users";
import { type Collection, type RedisClient, SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface AccountsServices {
  readonly users: Collection<User>;
}

export function buildServices(env: z.infer<typeof accountsEnv>): AccountsServices {
  return accountsServices(redisFrom(env), databaseFrom(env));
}

export function accountsServices(redis: RedisClient, database: Database): AccountsServices {
  const cache = new SharedCache({ redis, onEvent: reportCacheEvent });
  return { users: userCache(cache, database) };
}
