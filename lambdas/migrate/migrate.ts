/**
 * Applies what is missing, in order, each step in a transaction of its own that also records it.
 *
 * An advisory lock keeps two runs apart. A build that is older than the schema changes nothing: it is being rolled back
 * or is late, and must not undo what a newer one did.
 */
import { collectionNames } from "#contract/collections";
import type { NewLogin } from "#contract/users";
import { logger } from "#platform/logger";
import { noteInvalidations } from "#platform/outbox-table";
import { queriesOn } from "#platform/queries";
import type { Client } from "pg";
import { ensureAppRole } from "./app-role";
import { ensureLogins } from "./first-logins";
import { knownSteps, outboxVersion, type Step } from "./steps";

export interface MigrateOptions {
  readonly migrationsFolder: string;
  readonly filmsFile: string;
  readonly appRole: string;
  /** Made where nobody has their e-mail. */
  readonly logins: readonly NewLogin[];
}

export interface MigrateOutcome {
  /** The names of the steps that this run applied. */
  readonly applied: readonly string[];
  /** The schema is newer than this build, so nothing was done. */
  readonly outdated: boolean;
}

/** Any number would do, as long as nothing else in this database locks the same one. */
const lockId = 7_252_773;

export async function migrate(client: Client, options: MigrateOptions): Promise<MigrateOutcome> {
  await client.query("SET statement_timeout = 0"); // the server's limit is made for requests
  await client.query("SELECT pg_advisory_lock($1)", [lockId]); // held until the connection ends
  await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);

  const steps = await knownSteps(options.migrationsFolder, options.filmsFile);
  const { rows } = await client.query<{ version: number }>("SELECT version FROM schema_migrations");
  const done = new Set(rows.map(({ version }) => version));
  if (Math.max(0, ...done) > Math.max(...steps.map(({ version }) => version))) {
    logger.warn("the schema is newer than this build, nothing done", { newest: Math.max(...done) });
    return { applied: [], outdated: true };
  }

  const missing = steps.filter(({ version }) => !done.has(version));
  const isNew = done.size === 0; // so nothing of it is cached yet
  for (const step of missing) await apply(client, step, { outdatesCache: !isNew && step.version >= outboxVersion });
  await ensureAppRole(client, options.appRole);
  await ensureLogins(client, options.logins);
  return { applied: missing.map(({ name }) => name), outdated: false };
}

async function apply(client: Client, { version, name, run }: Step, { outdatesCache }: { outdatesCache: boolean }) {
  await client.query("BEGIN");
  try {
    await run(client);
    await client.query("INSERT INTO schema_migrations (version, name) VALUES ($1, $2)", [version, name]);
    if (outdatesCache) await outdateCache(client);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    // With the cause in the message: of a failed deploy, CloudFormation shows nothing else.
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`migration ${name} failed and was undone: ${reason}`, { cause: error });
  }
}

/** A step may change any row under the cache, and from here there is no way to Redis: functions that have one sweep the outbox. */
async function outdateCache(client: Client): Promise<void> {
  await noteInvalidations(
    queriesOn(client),
    collectionNames.map((collection) => ({ collection, everything: true })),
  );
}
