/** Where the stores are, as the functions are told. */
import type * as z from "zod/mini";
import type { databaseEnv, redisEnv, stateRedisEnv, stateReplicationEnv } from "../../lambdas/contract/environment";
import type { PostgresEndpoint } from "../constructs/postgres-endpoint";
import type { RedisCache } from "../constructs/redis-cache";
import type { RedisRole } from "./redis-roles";

type Variables<Schema extends z.core.$ZodShape> = z.input<z.ZodMiniObject<Schema>>;

export function redisEnvironment(cache: RedisCache, role: RedisRole): Variables<typeof redisEnv> {
  return {
    REDIS_MODE: cache.mode,
    REDIS_HOST: cache.host,
    REDIS_PORT: cache.port,
    REDIS_USER: cache.userIdOf(role),
    REDIS_GROUP: cache.groupId,
    REDIS_AUTH: "iam",
    REDIS_TLS: "verify",
  };
}

export function stateRedisEnvironment(state: RedisCache, role: RedisRole): Variables<typeof stateRedisEnv> {
  return {
    STATE_REDIS_MODE: state.mode,
    STATE_REDIS_HOST: state.host,
    STATE_REDIS_PORT: state.port,
    STATE_REDIS_USER: state.userIdOf(role),
    STATE_REDIS_GROUP: state.groupId,
    STATE_REDIS_AUTH: "iam",
    STATE_REDIS_TLS: "verify",
  };
}

/** For functions that end sessions or give out locks: a failover must undo neither. */
export function replicationEnvironment(state: RedisCache): Variables<typeof stateReplicationEnv> {
  return { STATE_REDIS_REPLICAS: String(state.replicasPerShard) };
}

export function databaseEnvironment(database: PostgresEndpoint, role: string): Variables<typeof databaseEnv> {
  return {
    DATABASE_HOST: database.host,
    DATABASE_PORT: database.port,
    DATABASE_NAME: database.databaseName,
    DATABASE_USER: role,
    DATABASE_AUTH: "iam",
    DATABASE_TLS: database.tls,
  };
}
