/** Signing up and in. */
import type { NewUser, SignIn, User } from "#contract/users";
import type { Database } from "#platform/database";
import { ConflictError } from "#platform/errors";
import type { Outbox } from "#platform/outbox";
import { newSessionSlot, type Session, type SessionOwner, type SessionStore } from "@larder/toolkit";
import { hashPassword, isOutdated, passwordMatches } from "./passwords";
import { newSessionData, type SessionData } from "./session-data";
import { insertLogin, type Login, loginByEmail, loginById, replaceHash, shareLogin } from "./users";

interface SignedIn {
  readonly token: string;
  readonly session: Session<SessionData>;
  readonly user: User;
}

/** The user may be changed, or signed out everywhere, while they sign in. Nobody's luck is worse than that. */
const mostAttempts = 3;

export class Logins {
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #sessions: SessionStore<SessionData>;

  constructor(database: Database, outbox: Outbox, sessions: SessionStore<SessionData>) {
    this.#database = database;
    this.#outbox = outbox;
    this.#sessions = sessions;
  }

  /** `undefined` if somebody has that e-mail already. It takes the same time then. */
  async signUp({ name, email, password }: NewUser): Promise<User | undefined> {
    const passwordHash = await hashPassword(password);
    return this.#database.transaction(async (tx) => {
      const login = { passwordHash, slot: newSessionSlot() };
      const user = await insertLogin(tx, { name, email, role: "user" }, login);
      // Somebody may have asked for that id before, and been told that there is no such user.
      if (user !== undefined)
        await this.#outbox.invalidateAfterCommit(tx, { collection: "users", ids: [String(user.id)] });
      return user;
    });
  }

  /**
   * A new session; that of the token `replaces` ends. `undefined` for an unknown e-mail and for a wrong password, after the
   * same time.
   *
   * @throws RedisUnavailableError when Redis gave no answer
   */
  async signIn({ email, password }: SignIn, replaces: string | undefined): Promise<SignedIn | undefined> {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const login = await loginByEmail(this.#database, email);
      if (!(await passwordMatches(password, login?.passwordHash)) || login === undefined) return undefined;
      const hash = isOutdated(login.passwordHash) ? await this.#renewHash(login, password) : login.passwordHash;
      const signedIn = hash === undefined ? undefined : await this.#createSession(login, hash, replaces);
      if (signedIn !== undefined) return signedIn;
    }
    throw new ConflictError("the user was changed again and again meanwhile: try again");
  }

  /** Whose sessions a user's are; `undefined` for one who can't sign in. */
  async ownerOf(userId: string): Promise<SessionOwner | undefined> {
    return (await loginById(this.#database, userId))?.owner;
  }

  /** `undefined` if somebody else has changed it. */
  async #renewHash({ user, passwordHash }: Login, password: string): Promise<string | undefined> {
    const renewed = await hashPassword(password);
    return (await replaceHash(this.#database, user.id, passwordHash, renewed)) ? renewed : undefined;
  }

  /**
   * `undefined` if the user is not as they were. They are locked against changes meanwhile, and whoever changes password or
   * role, or deletes them, ends their sessions under the opposite lock (see `UserChanges`). If this process is frozen for so long
   * that the lock is lost, the sign-in has begun before that end, and makes no session either.
   */
  async #createSession(
    { user, owner }: Login,
    passwordHash: string,
    replaces: string | undefined,
  ): Promise<SignedIn | undefined> {
    const signIn = await this.#sessions.begin(owner);
    return this.#database.transaction(async (tx) => {
      const now = await shareLogin(tx, user.id);
      if (now?.passwordHash !== passwordHash) return undefined;
      const created = await this.#sessions.create(signIn, newSessionData(now.user.role), { replaces });
      return created && { ...created, user: now.user };
    });
  }
}
