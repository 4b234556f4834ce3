import type { redisEnv, stateRedisEnv, stateReplicationEnv } from "#contract/environment";
import {
  connectRedis,
  iamCredentials,
  type RedisClient,
  type RedisCredentials,
  type Replicated,
} from "@larder/toolkit";
import type * as z from "zod/mini";
import { awsCredentials, awsRegion } from "./aws";
import { logger } from "./logger";

type RedisEnvironment = z.infer<z.ZodMiniObject<typeof redisEnv>>;

type StateRedisEnvironment = z.infer<z.ZodMiniObject<typeof stateRedisEnv>>;
type StateReplication = z.infer<z.ZodMiniObject<typeof stateReplicationEnv>>;

/** Both, for a function that uses both: by one connection where one user of one group is for both. */
export function redisClientsFrom(env: RedisEnvironment & StateRedisEnvironment): {
  readonly cache: RedisClient;
  readonly state: RedisClient;
} {
  const cache = redisFrom(env);
  const isOne =
    env.STATE_REDIS_HOST === env.REDIS_HOST &&
    env.STATE_REDIS_PORT === env.REDIS_PORT &&
    env.STATE_REDIS_USER === env.REDIS_USER;
  return { cache, state: isOne ? cache : stateRedisFrom(env) };
}

/** Begins to connect to the Redis of sessions, limits and locks and returns at once. */
export function stateRedisFrom(env: StateRedisEnvironment): RedisClient {
  return redisFrom(redisEnvironmentOfState(env));
}

export function redisEnvironmentOfState(env: StateRedisEnvironment): RedisEnvironment {
  return {
    REDIS_MODE: env.STATE_REDIS_MODE,
    REDIS_HOST: env.STATE_REDIS_HOST,
    REDIS_PORT: env.STATE_REDIS_PORT,
    REDIS_USER: env.STATE_REDIS_USER,
    REDIS_GROUP: env.STATE_REDIS_GROUP,
    REDIS_AUTH: env.STATE_REDIS_AUTH,
    REDIS_PASSWORD: env.STATE_REDIS_PASSWORD,
    REDIS_TLS: env.STATE_REDIS_TLS,
  };
}

/** What a failover must not undo waits for all replicas of `state`, on a connection of its own. */
export function stateSafetyFrom(env: StateRedisEnvironment & StateReplication): "best-effort" | Replicated {
  const replicas = env.STATE_REDIS_REPLICAS;
  return replicas === 0 ? "best-effort" : { replicas, connection: stateRedisFrom(env) };
}

/** Begins to connect to a Redis and returns at once. */
function redisFrom(env: RedisEnvironment): RedisClient {
  let lost = false;
  const client = connectRedis({
    mode: env.REDIS_MODE,
    host: env.REDIS_HOST,
    port: env.REDIS_PORT,
    tls: env.REDIS_TLS === "verify",
    credentials: credentialsFrom(env),
    onError: (error) => {
      if (!lost) logger.warn("redis connection failed, trying again", { error });
      lost = true; // one line for each loss, not one for each attempt
    },
  });
  client.on("ready", () => {
    if (lost) logger.info("redis connection is back");
    lost = false;
  });
  return client;
}

function credentialsFrom(env: RedisEnvironment): RedisCredentials {
  if (env.REDIS_AUTH === "password") {
    const password = env.REDIS_PASSWORD;
    if (password === undefined) throw new Error("REDIS_AUTH is password, but REDIS_PASSWORD is not set");
    return { username: env.REDIS_USER, password: () => password };
  }
  if (env.REDIS_TLS === "off")
    throw new Error("REDIS_AUTH is iam with REDIS_TLS off: a token may travel over TLS only");
  return iamCredentials({ user: env.REDIS_USER, group: env.REDIS_GROUP, region: awsRegion(), aws: awsCredentials });
}
