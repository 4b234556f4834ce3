/** The functions there are, and the environment each one needs: lib may not deploy one without it. */
import * as z from "zod/mini";
import { databaseAddressEnv, databaseEnv, edgeEnv, redisEnv, stateRedisEnv, stateReplicationEnv } from "./environment";

export const catalogEnv = z.object({ ...edgeEnv, ...redisEnv, ...stateRedisEnv, ...databaseEnv });
export const accountsEnv = z.object({
  ...edgeEnv,
  ...redisEnv,
  ...stateRedisEnv,
  ...stateReplicationEnv,
  ...databaseEnv,
});
export const checkoutEnv = z.object({ ...edgeEnv, ...stateRedisEnv, ...databaseEnv });
export const leaderboardsEnv = z.object({ ...edgeEnv, ...redisEnv, ...stateRedisEnv, ...databaseEnv });
export const authorizerEnv = z.object({ ...edgeEnv, ...stateRedisEnv });
export const coordinationEnv = z.object({ ...edgeEnv, ...stateRedisEnv, ...stateReplicationEnv });
export const workerEnv = z.object({
  ...redisEnv,
  ...stateRedisEnv,
  ...databaseEnv,
  /** How long a run works at the queues; 0: until they are empty. */
  WORKER_RUN_SECONDS: z.pipe(
    z.string().check(z.regex(/^\d{1,3}$/, "must be a number of seconds")),
    z.transform((text) => Number(text)),
  ),
  /** The address that mail is sent from. Left out: none is sent, and it lies in a table. */
  MAIL_FROM: z.optional(z.string()),
});
export const operationsEnv = z.object({
  ...edgeEnv,
  /** Ids of the replication groups by role; in dev they are one. */
  CACHE_GROUP: z.string(),
  STATE_GROUP: z.string(),
});
export const unmatchedEnv = z.object(edgeEnv);
export const edgeKeyEnv = z.object({});
export const migrateEnv = z.object({
  ...databaseAddressEnv,
  /** The master's user name and password, as RDS keeps them. */
  DATABASE_SECRET_ARN: z.string(),
  /** The login role that the other functions connect as; created if it is missing. */
  DATABASE_APP_ROLE: z.string().check(z.regex(/^[a-z_][a-z0-9_]*$/, "must be a plain lower-case role name")),
});
export const releaseCheckEnv = z.object({
  /** The ARNs of the versions that are asked whether they work, with commas between. */
  CHECKED_VERSIONS: z.pipe(
    z.string(),
    z.transform((text) => text.split(",")),
  ),
});

/** Those that hold connections to PostgreSQL while the API is used. Beside them there is the worker. */
export const databaseFunctions = ["catalog", "accounts", "checkout", "leaderboards"] as const;

/**
 * How many runs of the worker there may be at once, where functions are limited. One begins each minute, and the longest lasts
 * less than three.
 */
export const workerEnvironments = 3;

/** Files that lib puts beside a bundle because they are data, not code. */
export const bundledFiles = {
  /** Certificate authorities of RDS, of the stage's region only. */
  authorities: "rds-authorities.pem",
  /** The folder of SQL migrations. */
  migrations: "sql",
  films: "movies.json",
} as const;
