/**
 * Gives the application's role a password: in the cloud it signs in by IAM, which no server on this machine understands.
 * Before the migration, which then finds the role and grants it what it needs.
 */
import { Client, escapeIdentifier, escapeLiteral } from "pg";
import type { PostgresAddress } from "../servers/postgres";
import { superuser } from "../servers/postgres-database";

const role = "larder_app";

export async function letApplicationSignIn({ host, port, master }: PostgresAddress, password: string): Promise<void> {
  // Not as the master, who would belong to a role that it creates; the owner of the server has the same password.
  const client = new Client({ host, port, user: superuser, password: master.password, database: "larder" });
  client.on("error", () => undefined); // The rejection says it too.
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock(1)"); // two at once would fail; until the connection ends
    const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
    const verb = rowCount === 0 ? "CREATE" : "ALTER";
    await client.query(`${verb} ROLE ${escapeIdentifier(role)} LOGIN PASSWORD ${escapeLiteral(password)}`);
  } finally {
    await client.end();
  }
}
