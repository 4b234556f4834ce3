/** Where the stores are, as the functions are told. */
import type * as z from "zod/mini";
import type { databaseEnv, redisEnv } from "../../lambdas/contract/environment";
import type { PostgresDatabase } from "../constructs/postgres-database";
import type { RedisCache } from "../constructs/redis-cache";

type Variables<Schema extends z.core.$ZodShape> = z.input<z.ZodMiniObject<Schema>>;

export function redisEnvironment(cache: RedisCache): Variables<typeof redisEnv> {
  return {
    REDIS_MODE: cache.mode,
    REDIS_HOST: cache.host,
    REDIS_PORT: cache.port,
    REDIS_USER: cache.userId,
    REDIS_GROUP: cache.groupId,
    REDIS_AUTH: "iam",
    REDIS_TLS: "verify",
  };
}

export function databaseEnvironment(database: PostgresDatabase, role: string): Variables<typeof databaseEnv> {
  return {
    DATABASE_HOST: database.host,
    DATABASE_PORT: database.port,
    DATABASE_NAME: database.databaseName,
    DATABASE_USER: role,
    DATABASE_AUTH: "iam",
    DATABASE_TLS: "verify",
  };
}
