import type { Pool, PoolClient, QueryConfig } from "pg";
import { DatabaseUnavailableError } from "./errors";
import { logger } from "./logger";
import { answered, type Connection, type Queries, queriesOn } from "./queries";

/** A statement that sums up years of orders takes longer than one of a request. */
const snapshotTimeoutMs = 60_000;

/** One transaction on one connection: all of its statements count, or none. */
export interface Transaction extends Queries {
  /**
   * Has something done once the transaction has committed, in the order of these calls; `Database.transaction` waits for
   * it. If it fails, that is only logged: the change is made.
   */
  afterCommit(task: () => Promise<void>): void;
}

/** See `Database.transaction`. */
export async function inTransaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await answered(pool.connect());
  const tasks: (() => Promise<void>)[] = [];
  const result = await commitOn(client, () =>
    work({ ...queriesOn(client), afterCommit: (task) => void tasks.push(task) }),
  );
  for (const task of tasks)
    await task().catch((error: unknown) => logger.error("a task after a commit failed", { error }));
  return result;
}

/** See `Database.snapshot`. */
export async function inSnapshot<T>(pool: Pool, work: (snapshot: Queries) => Promise<T>): Promise<T> {
  const client = await answered(pool.connect());
  const patient: Connection = {
    query: (text, values) => {
      // pg knows it, its types don't.
      const statement: QueryConfig & { query_timeout: number } = { text, values, query_timeout: snapshotTimeoutMs };
      return client.query(statement);
    },
  };
  const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${snapshotTimeoutMs}`;
  return commitOn(client, () => work(queriesOn(patient)), begin);
}

/** Gives the connection back however it ends; one whose state isn't known is closed, and the server rolls back. */
async function commitOn<T>(client: PoolClient, work: () => Promise<T>, begin = "BEGIN"): Promise<T> {
  // A connection that is lost between two statements says so here, and unheard it would end the process.
  const lost = (error: Error) => logger.warn("database connection lost in a transaction", { error });
  client.on("error", lost);
  let usable = false;
  try {
    await answered(client.query(begin));
    const result = await work();
    const { command } = await answered(
      client.query("COMMIT"),
      "the database gave no answer to the commit: the change may have been made",
    );
    usable = true;
    // So it answers if a statement had failed and `work` went on.
    if (command !== "COMMIT") throw new Error("the transaction was rolled back, since a statement in it had failed");
    return result;
  } catch (error) {
    if (!usable && !(error instanceof DatabaseUnavailableError))
      usable = await client.query("ROLLBACK").then(
        () => true,
        () => false,
      );
    throw error;
  } finally {
    client.off("error", lost);
    client.release(!usable);
  }
}
