import { logger } from "#platform/logger";
import type { Client } from "pg";

const examples = ["Ada Lovelace", "Grace Hopper", "Katherine Johnson"];

export interface FirstUsersOptions {
  /** Three users to try the API with, if there are no users yet. */
  readonly seedUsers: boolean;
  /** The first administrator, if there is none yet. */
  readonly adminName: string | undefined;
}

export async function ensureFirstUsers(client: Client, { seedUsers, adminName }: FirstUsersOptions): Promise<void> {
  if (seedUsers)
    await client.query(
      "INSERT INTO users (name) SELECT name FROM unnest($1::text[]) name WHERE NOT EXISTS (SELECT FROM users)",
      [examples],
    );
  if (adminName === undefined) return;
  const { rowCount } = await client.query(
    "INSERT INTO users (name, role) SELECT $1, 'admin' WHERE NOT EXISTS (SELECT FROM users WHERE role = 'admin')",
    [adminName],
  );
  if (rowCount === 1) logger.info("the first administrator is created");
}
