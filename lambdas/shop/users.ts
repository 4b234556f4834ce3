/** Users: how they lie in the database, and their cached reads. */
import { type CollectionName, collectionShapes } from "#contract/collections";
import { type NewLogin, User, type UserChange } from "#contract/users";
import type { Database } from "#platform/database";
import type { Queries } from "#platform/queries";
import type { Transaction } from "#platform/transaction";
import type { Collection, SessionOwner, SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";

const userTtlMs = 5 * 60_000;
const columns = "id, name, email, role";

export function userCache(cache: SharedCache, database: Database): Collection<User> {
  return cache.collection<User>("users" satisfies CollectionName, {
    shape: collectionShapes.users,
    ttlMs: userTtlMs,
    load: (id) => userById(database, id),
  });
}

async function userById(database: Queries, id: string): Promise<User | undefined> {
  const rows = await database.query(User, `SELECT ${columns} FROM users WHERE id = $1`, [id]);
  return rows[0];
}

/** A user with what they sign in with. */
const Login = z.object({ ...User.shape, password_hash: z.string(), session_slot: z.string() });

export interface Login {
  readonly user: User;
  readonly passwordHash: string;
  readonly owner: SessionOwner;
}

/** Users without a login aren't found by these. */
const logins = `SELECT ${columns}, password_hash, session_slot FROM users WHERE password_hash IS NOT NULL AND`;

export async function loginByEmail(database: Queries, email: string): Promise<Login | undefined> {
  return loginOf(await database.query(Login, `${logins} lower(email) = $1`, [email]));
}

export async function loginById(database: Queries, id: string): Promise<Login | undefined> {
  return loginOf(await database.query(Login, `${logins} id = $1`, [id]));
}

/** Nobody changes or deletes the user until the transaction ends. */
export async function shareLogin(tx: Transaction, id: number): Promise<Login | undefined> {
  return loginOf(await tx.query(Login, `${logins} id = $1 FOR SHARE`, [id]));
}

/** Nobody else changes the user, nor signs in as them, until the transaction ends. */
export async function lockUser(tx: Transaction, id: string): Promise<{ user: User; login?: Login } | undefined> {
  const rows = await tx.query(User, `SELECT ${columns} FROM users WHERE id = $1 FOR UPDATE`, [id]);
  return rows[0] && { user: rows[0], login: await loginById(tx, id) };
}

function loginOf(rows: readonly z.infer<typeof Login>[]): Login | undefined {
  if (rows[0] === undefined) return undefined;
  const { password_hash: passwordHash, session_slot: slot, ...user } = rows[0];
  return { user, passwordHash, owner: { userId: String(user.id), slot } };
}

/** `undefined` if somebody has that e-mail already. */
export async function insertLogin(
  database: Queries,
  { name, email, role }: Omit<NewLogin, "password">,
  { passwordHash, slot }: { readonly passwordHash: string; readonly slot: string },
): Promise<User | undefined> {
  const rows = await database.query(
    User,
    `INSERT INTO users (name, email, role, password_hash, session_slot) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (lower(email)) DO NOTHING RETURNING ${columns}`,
    [name, email, role, passwordHash, slot],
  );
  return rows[0];
}

/** Of a user that is there and locked. Returns them as they are then. */
export async function updateUser(
  tx: Transaction,
  id: string,
  { name, role }: Pick<UserChange, "name" | "role">,
  passwordHash: string | undefined,
): Promise<User> {
  const rows = await tx.query(
    User,
    `UPDATE users SET name = coalesce($2, name), role = coalesce($3, role), password_hash = coalesce($4, password_hash)
     WHERE id = $1 RETURNING ${columns}`,
    [id, name, role, passwordHash],
  );
  return z.tuple([User]).parse(rows)[0];
}

/** Whether it was still the hash that it was. */
export async function replaceHash(database: Queries, id: number, before: string, after: string): Promise<boolean> {
  const rows = await database.query(
    z.object({}),
    "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id",
    [id, before, after],
  );
  return rows.length === 1;
}

export async function deleteUser(tx: Transaction, id: string): Promise<void> {
  await tx.query(z.object({}), "DELETE FROM users WHERE id = $1", [id]);
}
