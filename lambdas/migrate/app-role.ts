import { logger } from "#platform/logger";
import type { Client } from "pg";

/**
 * Makes the role that the application logs in as, by IAM only: it has no password. It may read and write rows and change
 * no table.
 *
 * `rds_iam` is RDS' own role; whoever belongs to it can't log in by password any more. So it is granted to the
 * application's role alone, never to the master.
 */
export async function ensureAppRole(client: Client, role: string): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
  if (rowCount === 0) {
    await run(client, "CREATE ROLE %I LOGIN", role);
    logger.info("the application's role is created", { role });
  }
  await run(client, "GRANT rds_iam TO %I", role);
  await run(client, "GRANT USAGE ON SCHEMA public TO %I", role);
  await run(client, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I", role);
  await run(client, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I", role);
  await run(client, "REVOKE ALL ON schema_migrations FROM %I", role);
}

/** DDL takes no parameters; `format` quotes the name. */
async function run(client: Client, statement: string, role: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>("SELECT format($1, $2::text) AS statement", [
    statement,
    role,
  ]);
  for (const row of rows) await client.query(row.statement);
}
