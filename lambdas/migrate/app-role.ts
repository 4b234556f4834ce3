import { logger } from "#platform/logger";
import type { Client } from "pg";

/**
 * Makes the role that the application logs in as, by IAM only: it has no password. It may read and write rows and change no
 * table. Runs in one transaction.
 *
 * `rds_iam` is RDS' own role, and whoever belongs to it, even through another role, can't log in by password any more. Whoever
 * creates a role becomes a member of it (since PostgreSQL 16), so the master mustn't create this one: it would lock
 * itself out, and with it every later migration. A creator that is dropped at once does it instead.
 *
 * @throws when the master belongs to the role all the same; nothing is changed then
 */
export async function ensureAppRole(client: Client, role: string): Promise<void> {
  await client.query("BEGIN");
  try {
    if (!(await exists(client, role))) await create(client, role);
    await run(client, "GRANT rds_iam TO %I", role);
    await run(client, "GRANT USAGE ON SCHEMA public TO %I", role);
    await run(client, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I", role);
    await run(client, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I", role);
    await run(client, "REVOKE ALL ON schema_migrations FROM %I", role);
    await refuseIfMaster(client, role);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

async function exists(client: Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
  return rowCount === 1;
}

async function create(client: Client, role: string): Promise<void> {
  await client.query("CREATE ROLE larder_role_creator NOLOGIN CREATEROLE");
  await client.query("GRANT larder_role_creator TO CURRENT_USER WITH SET TRUE");
  await client.query("SET LOCAL ROLE larder_role_creator");
  await run(client, "CREATE ROLE %I LOGIN", role);
  await run(client, "ALTER ROLE %I SET statement_timeout = '3s'", role); // when its client gives up, too
  await client.query("RESET ROLE");
  await client.query("DROP ROLE larder_role_creator");
  logger.info("the application's role is created", { role });
}

async function refuseIfMaster(client: Client, role: string): Promise<void> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_auth_members WHERE roleid = $1::regrole AND member = session_user::regrole",
    [role],
  );
  if (rowCount !== 0)
    throw new Error(
      `the master belongs to ${role}, so it could never log in again: REVOKE ${role} FROM the master first`,
    );
}

/** DDL takes no parameters; `format` quotes the name. */
async function run(client: Client, statement: string, role: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>("SELECT format($1, $2::text) AS statement", [
    statement,
    role,
  ]);
  for (const row of rows) await client.query(row.statement);
}
