/** Users: how they lie in the database, and their cached reads. */
import type { CollectionName } from "#contract/collections";
import { User } from "#contract/users";
import type { Database } from "#platform/database";
import type { Collection, SharedCache } from "@larder/toolkit";

const userTtlMs = 5 * 60_000;

export function userCache(cache: SharedCache, database: Database): Collection<User> {
  return cache.collection<User>("users" satisfies CollectionName, {
    ttlMs: userTtlMs,
    load: (id) => userById(database, id),
  });
}

async function userById(database: Database, id: string): Promise<User | undefined> {
  const rows = await database.query(User, "SELECT id, name FROM users WHERE id = $1", [id]);
  return rows[0];
}
