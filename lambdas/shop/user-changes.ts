/**
 * Changes of users. What ends sessions is done while the user is locked, before the commit: nobody can sign in as them
 * meanwhile, and if Redis gives no answer nothing is changed. The cache is told once the change has committed.
 */
import type { User, UserChange } from "#contract/users";
import type { Database } from "#platform/database";
import type { Outbox } from "#platform/outbox";
import type { SessionStore } from "@larder/toolkit";
import { hasPendingOrder } from "./orders";
import { hashPassword, passwordMatches } from "./passwords";
import type { SessionData } from "./session-data";
import { forgetMailsTo } from "./table-mailer";
import { deleteUser, lockUser, loginById, updateUser } from "./users";

/** Who changes a user, if it is the user: by which session, which goes on. */
interface Self {
  readonly sessionId: string;
  readonly currentPassword: string | undefined;
}

type ChangeOutcome =
  | { readonly outcome: "changed"; readonly user: User }
  | { readonly outcome: "no-such-user" }
  /** The user has no e-mail to sign in with, so a password would be good for nothing. */
  | { readonly outcome: "no-login" }
  | { readonly outcome: "wrong-password" };

type RemovalOutcome = "removed" | "no-such-user" | "order-pending";

export class UserChanges {
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #sessions: SessionStore<SessionData>;

  constructor(database: Database, outbox: Outbox, sessions: SessionStore<SessionData>) {
    this.#database = database;
    this.#outbox = outbox;
    this.#sessions = sessions;
  }

  /**
   * A new role ends the user's sessions, a new password all but the one that it was changed by.
   *
   * @throws RedisUnavailableError when sessions couldn't be ended; nothing is changed then
   */
  async change(id: string, { name, role, password }: UserChange, self: Self | undefined): Promise<ChangeOutcome> {
    const verifies = password !== undefined && self !== undefined;
    const verified = verifies ? await this.#verified(id, self) : undefined;
    if (verifies && verified === undefined) return { outcome: "wrong-password" };
    const passwordHash = password === undefined ? undefined : await hashPassword(password);

    return this.#database.transaction(async (tx): Promise<ChangeOutcome> => {
      const found = await lockUser(tx, id);
      if (found === undefined) return { outcome: "no-such-user" };
      const { login } = found;
      if (passwordHash !== undefined && login === undefined) return { outcome: "no-login" };
      if (verifies && login?.passwordHash !== verified) return { outcome: "wrong-password" }; // by now

      const user = await updateUser(tx, id, { name, role }, passwordHash);
      await this.#outbox.invalidateAfterCommit(tx, { collection: "users", ids: [id] });
      if (login !== undefined && (passwordHash !== undefined || user.role !== found.user.role))
        await this.#sessions.destroyAll(login.owner, { except: self?.sessionId });
      return { outcome: "changed", user };
    });
  }

  /**
   * All sessions end, and mail that lies here is forgotten; orders stay, without a name. While an order of theirs isn't decided nothing is
   * changed: they would pay for it without being told.
   *
   * @throws RedisUnavailableError when the sessions couldn't be ended; the user is there still
   */
  remove(id: string): Promise<RemovalOutcome> {
    return this.#database.transaction(async (tx) => {
      const found = await lockUser(tx, id);
      if (found === undefined) return "no-such-user";
      if (await hasPendingOrder(tx, id)) return "order-pending";
      await deleteUser(tx, id);
      if (found.user.email !== null) await forgetMailsTo(tx, found.user.email);
      await this.#outbox.invalidateAfterCommit(tx, { collection: "users", ids: [id] });
      if (found.login !== undefined) await this.#sessions.destroyAll(found.login.owner);
      return "removed";
    });
  }

  /** The user's hash, if the current password fits it. */
  async #verified(id: string, { currentPassword = "" }: Self): Promise<string | undefined> {
    const hash = (await loginById(this.#database, id))?.passwordHash;
    return (await passwordMatches(currentPassword, hash)) ? hash : undefined;
  }
}
