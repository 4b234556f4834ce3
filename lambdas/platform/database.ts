/** The one way to PostgreSQL: a connection for each Lambda environment, which serves one request at a time. */
import { connectionsPerEnvironment } from "#contract/database-load";
import type { databaseAddressEnv, databaseEnv } from "#contract/environment";
import { bundledFiles } from "#contract/functions";
import { presign } from "@larder/toolkit";
import { readFileSync } from "node:fs";
import { Client, Pool, type PoolConfig } from "pg";
import type * as z from "zod/mini";
import { awsCredentials, awsRegion, bundledFile } from "./aws";
import { logger } from "./logger";
import { type Queries, queriesOn } from "./queries";
import { inSnapshot, inTransaction, type Transaction } from "./transaction";

type DatabaseAddress = z.infer<z.ZodMiniObject<typeof databaseAddressEnv>>;
type DatabaseEnvironment = z.infer<z.ZodMiniObject<typeof databaseEnv>>;

const connectTimeoutMs = 2_000;
/** A query that takes longer fails; no screen waits for it. */
const queryTimeoutMs = 3_000;
/** A connection that lay idle for longer is not trusted: the network forgets a quiet one after 350 s, without a word. */
const idleLimitMs = 5 * 60_000;

export interface Database extends Queries {
  /**
   * Runs `work` in one transaction and commits it, or rolls it back if `work` throws. Inside, use `tx` only: an
   * environment has one connection, and the transaction holds it.
   *
   * @throws DatabaseUnavailableError when the server gave no answer. If that was the answer to the commit, its message
   * says so: the change may have been made, and what hangs on it must be done if it was (see `Outbox`)
   * @throws whatever `work` throws
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Runs `work` on the database as it is when its first statement runs: what is committed afterwards it doesn't see. It can
   * only read, and its statements may take a minute: for what no request waits for, since the environment's one connection is
   * held so long.
   *
   * @throws DatabaseUnavailableError when the server gave no answer
   * @throws whatever `work` throws
   */
  snapshot<T>(work: (snapshot: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function databaseFrom(env: DatabaseEnvironment): Database {
  return openDatabase({
    ...addressOf(env),
    user: env.DATABASE_USER,
    password: passwordFrom(env),
    max: connectionsPerEnvironment,
  });
}

/** Where to connect, and whether to verify the server by the authorities in the bundle. */
export function addressOf(env: DatabaseAddress): PoolConfig {
  return {
    host: env.DATABASE_HOST,
    port: env.DATABASE_PORT,
    database: env.DATABASE_NAME,
    connectionTimeoutMillis: connectTimeoutMs,
    ...(env.DATABASE_TLS !== "off" && {
      ssl: env.DATABASE_TLS === "verify" ? { ca: readFileSync(bundledFile(bundledFiles.authorities), "utf8") } : {},
    }),
  };
}

/** An IAM token is signed at each connect: it opens connections for 15 minutes only. */
function passwordFrom(env: DatabaseEnvironment): string | (() => string) {
  if (env.DATABASE_AUTH === "password") {
    if (env.DATABASE_PASSWORD === undefined)
      throw new Error("DATABASE_AUTH is password, but DATABASE_PASSWORD is not set");
    return env.DATABASE_PASSWORD;
  }
  if (env.DATABASE_TLS === "off")
    throw new Error("DATABASE_AUTH is iam with DATABASE_TLS off: a token may travel over TLS only");
  return () =>
    presign({
      service: "rds-db",
      region: awsRegion(),
      host: `${env.DATABASE_HOST}:${env.DATABASE_PORT}`,
      query: { Action: "connect", DBUser: env.DATABASE_USER },
      credentials: awsCredentials(),
      now: new Date(),
    });
}

/** Runs `work` on a connection of its own: for what needs one session, such as a lock that it holds. */
export async function withConnection<T>(config: PoolConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(config);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function openDatabase(config: PoolConfig): Database {
  const open = () => {
    const pool = new Pool({ ...config, query_timeout: queryTimeoutMs, idleTimeoutMillis: 0, keepAlive: true });
    pool.on("error", (error) => logger.warn("database connection lost", { error })); // unheard, it would end the process
    return pool;
  };
  let pool = open();
  let lastUsedMs = Date.now(); // the wall clock: the monotonic one may stand still while the process is frozen
  const trusted = () => {
    if (Date.now() - lastUsedMs > idleLimitMs) {
      void pool.end().catch(() => undefined);
      pool = open();
    }
    lastUsedMs = Date.now();
    return pool;
  };
  return {
    query: (row, text, values) => queriesOn(trusted()).query(row, text, values),
    snapshot: (work) => inSnapshot(trusted(), work),
    transaction: (work) => inTransaction(trusted(), work),
    close: () => pool.end(),
  };
}
