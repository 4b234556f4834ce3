/**
 * The environment variables that several functions share, as lib sets them and the functions read them.
 *
 * Deployed, both connections prove themselves with IAM tokens over verified TLS. A password is for one machine only:
 * nothing in lib sets one.
 */
import * as z from "zod/mini";

const port = z.pipe(
  z.string().check(z.regex(/^\d{1,5}$/, "must be a port number")),
  z.transform((text) => Number(text)),
);

export const redisEnv = {
  REDIS_MODE: z.enum(["single", "cluster"]),
  REDIS_HOST: z.string(),
  REDIS_PORT: port,
  REDIS_USER: z.string(),
  /** The replication group that IAM tokens are signed for. */
  REDIS_GROUP: z.string(),
  REDIS_AUTH: z.enum(["iam", "password"]),
  REDIS_PASSWORD: z.optional(z.string()),
  REDIS_TLS: z.enum(["verify", "off"]),
};

/** The same for the group of sessions and limits, which never evicts; in dev it is the cache's. */
export const stateRedisEnv = {
  STATE_REDIS_MODE: redisEnv.REDIS_MODE,
  STATE_REDIS_HOST: redisEnv.REDIS_HOST,
  STATE_REDIS_PORT: redisEnv.REDIS_PORT,
  STATE_REDIS_USER: redisEnv.REDIS_USER,
  STATE_REDIS_GROUP: redisEnv.REDIS_GROUP,
  STATE_REDIS_AUTH: redisEnv.REDIS_AUTH,
  STATE_REDIS_PASSWORD: redisEnv.REDIS_PASSWORD,
  STATE_REDIS_TLS: redisEnv.REDIS_TLS,
};

export const stateReplicationEnv = {
  /** Copies of each primary that must have what a failover may not undo; 0 where there are none. */
  STATE_REDIS_REPLICAS: z.pipe(
    z.string().check(z.regex(/^[0-5]$/, "must be a number of replicas")),
    z.transform((text) => Number(text)),
  ),
};

/**
 * Where the database is. `verify` checks the server against the authorities of `rds-authorities.pem` in the bundle,
 * `verify-public` against those that Node knows: an RDS Proxy has a certificate of theirs.
 */
export const databaseAddressEnv = {
  DATABASE_HOST: z.string(),
  DATABASE_PORT: port,
  DATABASE_NAME: z.string(),
  DATABASE_TLS: z.enum(["verify", "verify-public", "off"]),
};

export const databaseEnv = {
  ...databaseAddressEnv,
  DATABASE_USER: z.string(),
  DATABASE_AUTH: z.enum(["iam", "password"]),
  DATABASE_PASSWORD: z.optional(z.string()),
};

/** For functions that the HTTP API calls. Where a stage has no CloudFront in front of it, neither is set. */
export const edgeEnv = {
  /** SHA-256 of the keys by which CloudFront is known, in hex; of the present one, and of the one before it. */
  EDGE_KEY_HASHES: z.optional(
    z.string().check(z.regex(/^[0-9a-f]{64}(,[0-9a-f]{64})*$/, "must be SHA-256 hashes in hex, parted by commas")),
  ),
  /** What becomes of requests that didn't come through CloudFront. Left out, they are answered. */
  DIRECT_CALLS: z.optional(z.enum(["answered", "refused"])),
};
