import { ConfirmedWrites } from "../redis/confirmed-writes";
import type { RedisClient } from "../redis/connect";
import { type Guard, guardOf } from "../redis/guard";
import { type SessionSlot, sessionSlot } from "../redis/keys";
import { endAllSessions, endSession } from "./end-sessions";
import { listSessions, readSession, writeSession } from "./live-session";
import type { Lifetime, Session, SessionOwner } from "./session";
import { checkOptions, type SessionStoreOptions, usualDeadlineMs } from "./session-options";
import { decodeRecord, encodePayload, type SessionRecord } from "./session-record";
import { checkOwner } from "./session-owner";
import { idOf, isSessionId, placeOf } from "./session-token";
import { beginSignIn, checkSignIn, createSession, newEpoch, type SignIn } from "./sign-in";
import { untilAnswered } from "../redis/until-answered";
import { updateRecord } from "./update";

/**
 * Sessions in Redis, each known by an opaque token that Redis doesn't know.
 *
 * Every method throws a RedisUnavailableError when Redis gives no answer; nobody is taken for signed in or signed out then. A
 * token that is malformed, foreign, expired or signed out is `undefined`; a malformed one costs no call.
 */
export class SessionStore<Data> {
  readonly #guard: Guard;
  readonly #ends: ConfirmedWrites;
  readonly #lifetime: Lifetime;
  readonly #touchEveryMs: number;
  readonly #deadlineMs: number;
  readonly #parse: (json: unknown) => Data | undefined;

  /** @throws RangeError for times that don't fit together, TypeError for a `parse` that is no function */
  constructor(options: SessionStoreOptions<Data>) {
    const { lifetime, parse, deadlineMs, replicated, touchEveryMs } = checkOptions(options);
    this.#guard = guardOf(options.redis);
    this.#ends = new ConfirmedWrites(this.#guard, replicated);
    this.#lifetime = lifetime;
    this.#touchEveryMs = touchEveryMs;
    this.#deadlineMs = deadlineMs;
    this.#parse = parse;
  }

  /**
   * Begins a sign-in. Call it before reading what the sign-in is decided by, such as the password's hash: once `destroyAll`
   * has been called since, the sign-in makes no session. It is good for one session and for a minute (or `idleMs`, if that
   * is less).
   *
   * @throws TypeError for an owner that can't be: every method that takes one does
   */
  async begin(owner: SessionOwner): Promise<SignIn> {
    checkOwner(owner);
    const slot = sessionSlot(owner.slot);
    return this.#run("begin sign-in", slot, (client) => beginSignIn(client, slot, owner, this.#lifetime));
  }

  /**
   * Makes the session of a sign-in; called again with the same one, it answers the same session. Of one user's sessions the
   * oldest ends when there are more than 20.
   *
   * @param signIn as `begin` gave it: its token is private, so no copy has it
   * @param replaces a token that the client had before; it is worth nothing afterwards, whosever it was
   * @returns `undefined`: the user was signed out everywhere meanwhile, or the sign-in took too long
   * @throws RangeError when the data have more than 16 KiB of JSON, TypeError when `parse` doesn't take them
   */
  async create(
    signIn: SignIn,
    data: Data,
    { replaces }: { readonly replaces?: string | undefined } = {},
  ): Promise<{ readonly token: string; readonly session: Session<Data> } | undefined> {
    checkSignIn(signIn);
    const { token, owner } = signIn;
    const id = idOf(token);
    const payload = encodePayload({ userId: owner.userId }, data, this.#parse);
    const replaced = replaces === undefined ? undefined : placeOf(replaces);
    if (replaced !== undefined && replaced.slot !== owner.slot) await this.#end(replaced);
    const creation = { id, payload, replacedId: replaced?.slot === owner.slot ? replaced.id : undefined };
    const slot = sessionSlot(owner.slot);
    const record = await this.#run("create session", slot, (client) =>
      createSession(client, slot, signIn, creation, this.#lifetime),
    );
    const session = this.#decode(id, record)?.session;
    return session && { token, session };
  }

  /** The session of a token. It counts as used. */
  async read(token: string): Promise<Session<Data> | undefined> {
    const place = placeOf(token);
    return place && (await this.#read(place))?.session;
  }

  /**
   * Changes a session's data; `change` is called again when others changed them meanwhile. The change is made once or, where
   * the session has ended, not at all (`undefined`).
   *
   * @throws SessionContendedError when others changed the data again and again
   * @throws RangeError when the data have more than 16 KiB of JSON, TypeError when `parse` doesn't take them
   */
  async update(token: string, change: (data: Data) => Data): Promise<Session<Data> | undefined> {
    const place = placeOf(token);
    if (place === undefined) return undefined;
    const record = await this.#read(place);
    if (record === undefined) return undefined;
    const { id } = place;
    const slot = sessionSlot(place.slot);
    const encoded = (from: SessionRecord<Data>) => encodePayload(from.payload, change(from.session.data), this.#parse);
    return updateRecord(record, encoded, async (made, sending) => {
      const written = await this.#run("update session", slot, (client) => {
        sending();
        return writeSession(client, slot, id, made, this.#lifetime);
      });
      return this.#decode(id, written);
    });
  }

  /** Ends a session. */
  async destroy(token: string): Promise<void> {
    const place = placeOf(token);
    if (place !== undefined) await this.#end(place);
  }

  /** Ends a session that was found in a list. */
  async destroyById(owner: SessionOwner, id: string): Promise<void> {
    checkOwner(owner);
    if (isSessionId(id)) await this.#end({ slot: owner.slot, id });
  }

  /**
   * Ends all sessions of a user, and all sign-ins that have begun.
   *
   * @param except the id of a session that stays, if it is one
   * @throws TypeError for a token in its place: the session that was to stay would end
   */
  async destroyAll(owner: SessionOwner, { except }: { readonly except?: string } = {}): Promise<void> {
    checkOwner(owner);
    if (except !== undefined && (typeof except !== "string" || placeOf(except) !== undefined))
      throw new TypeError("except is no session's id: give session.id, not the token");
    const slot = sessionSlot(owner.slot);
    const end = { epoch: newEpoch(), exceptId: except };
    await this.#confirm("destroy all sessions", slot, (client) => endAllSessions(client, slot, end, this.#lifetime));
  }

  /** A user's sessions, the newest first. */
  async list(owner: SessionOwner): Promise<readonly Session<Data>[]> {
    checkOwner(owner);
    const slot = sessionSlot(owner.slot);
    const records = await this.#run("list sessions", slot, (client) => listSessions(client, slot, this.#lifetime));
    return [...records]
      .flatMap(([id, record]) => this.#decode(id, record)?.session ?? [])
      .sort((one, other) => other.createdAtMs - one.createdAtMs);
  }

  async #read({ slot: name, id }: { readonly slot: string; readonly id: string }) {
    const slot = sessionSlot(name);
    const times = { ...this.#lifetime, touchEveryMs: this.#touchEveryMs };
    const record = await this.#run("read session", slot, (client) => readSession(client, slot, id, times));
    return this.#decode(id, record);
  }

  async #end({ slot: name, id }: { readonly slot: string; readonly id: string }): Promise<void> {
    const slot = sessionSlot(name);
    await this.#confirm("destroy session", slot, (client) => endSession(client, slot, id, this.#lifetime));
  }

  #run<T>(operation: string, slot: SessionSlot, work: (client: RedisClient) => Promise<T>): Promise<T> {
    return untilAnswered(this.#deadlineMs, (leftMs) => this.#guard.run(operation, leftMs, work, slot.sessions));
  }

  async #confirm(operation: string, slot: SessionSlot, send: (client: RedisClient) => Promise<void>): Promise<void> {
    await untilAnswered(usualDeadlineMs, (leftMs) =>
      this.#ends.send(operation, [{ key: slot.sessions, send }], leftMs),
    );
  }

  #decode(id: string, record: string | undefined): SessionRecord<Data> | undefined {
    return record === undefined ? undefined : decodeRecord(id, record, this.#lifetime, this.#parse);
  }
}
