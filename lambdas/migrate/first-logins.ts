/**
 * Logins made from outside the API, by whoever may call this function: that is how the first administrator comes to be, whom
 * nobody could sign up as.
 */
import { NewLogin } from "#contract/users";
import { logger } from "#platform/logger";
import { noteInvalidations } from "#platform/outbox-table";
import { queriesOn } from "#platform/queries";
import { hashPassword } from "#shop/passwords";
import { insertLogin, loginByEmail } from "#shop/users";
import { newSessionSlot } from "@larder/toolkit";
import type { Client } from "pg";
import * as z from "zod/mini";

/** What the function is called with; a deploy calls it with nothing. */
const MigrateEvent = z.nullish(z.object({ logins: z.optional(z.array(NewLogin)) }));

/** @throws with what is wrong with it, but not with what it holds: there are passwords in it */
export function loginsIn(event: unknown): readonly NewLogin[] {
  const { success, data, error } = MigrateEvent.safeParse(event);
  if (success) return data?.logins ?? [];
  const faults = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`the event asks for no logins that could be made: ${faults.join("; ")}`);
}

/** Makes those whose e-mail nobody has. Of the others nothing is changed. */
export async function ensureLogins(client: Client, logins: readonly NewLogin[]): Promise<void> {
  const database = queriesOn(client);
  for (const login of logins) {
    if ((await loginByEmail(database, login.email)) !== undefined) continue;
    const secrets = { passwordHash: await hashPassword(login.password), slot: newSessionSlot() };
    await client.query("BEGIN");
    const user = await insertLogin(database, login, secrets);
    // Somebody may have asked for that id before, and been told that there is no such user.
    if (user !== undefined) await noteInvalidations(database, [{ collection: "users", ids: [String(user.id)] }]);
    await client.query("COMMIT");
    if (user !== undefined) logger.info("a login is created", { id: user.id, role: user.role });
  }
}
