/** What RDS brings with a database instance: the master user, the database, and the role that stands for IAM sign-in. */
import { Client, escapeIdentifier, escapeLiteral, type ClientConfig } from "pg";

/** The owner of the server itself, as RDS keeps it for itself; nothing of the application connects as this. */
export const superuser = "postgres";

const databaseName = "larder";

/** Creates what is missing. */
export async function prepareDatabase(
  connection: ClientConfig,
  master: { user: string; password: string },
): Promise<void> {
  const client = new Client(connection);
  client.on("error", () => undefined); // The rejection says it too.
  await client.connect();
  try {
    const masterName = escapeIdentifier(master.user);
    if (!(await exists(client, "pg_roles", "rolname", "rds_iam"))) await client.query("CREATE ROLE rds_iam NOLOGIN");
    if (!(await exists(client, "pg_roles", "rolname", master.user))) {
      await client.query(
        `CREATE ROLE ${masterName} LOGIN CREATEROLE CREATEDB PASSWORD ${escapeLiteral(master.password)}`,
      );
      await client.query(`GRANT pg_monitor, pg_signal_backend TO ${masterName}`);
      // It may hand the role on, but doesn't have it: on RDS a member can no longer sign in with its password.
      await client.query(`GRANT rds_iam TO ${masterName} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
    }
    if (!(await exists(client, "pg_database", "datname", databaseName)))
      await client.query(`CREATE DATABASE ${databaseName} OWNER ${masterName}`);
  } finally {
    await client.end();
  }
}

async function exists(
  client: Client,
  catalog: "pg_roles" | "pg_database",
  column: "rolname" | "datname",
  name: string,
) {
  const { rowCount } = await client.query(`SELECT 1 FROM ${catalog} WHERE ${column} = $1`, [name]);
  return rowCount === 1;
}
