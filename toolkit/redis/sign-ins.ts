import type { Cluster, Redis } from "ioredis";
import { type Clock, elapsedMs, type Moment } from "../clock/moment";
import { checkAnswersAtOnce } from "../given-function";
import { keepAnswers, type RedisCredentials } from "./credentials";
import { withoutCommand } from "./without-command";

interface SignedIn {
  at: Moment;
  /** Of each connection its own, so that a fleet that was started at once doesn't sign in again at once. */
  readonly renewAfterMs: number;
}

/** Of their lifetime. What is left is for more attempts, should one fail. */
const [earliestRenewal, latestRenewal] = [10 / 12, 11 / 12];
/** Looking costs more than asking the clock; of twelve hours this is a minute. */
const looksPerLifetime = 720;

/** All connections of one client, a cluster's nodes and a subscriber among them: how they sign in, and stay signed in. */
export class SignIns {
  readonly #credentials: RedisCredentials;
  readonly #clock: Clock;
  readonly #onError: ((error: Error) => void) | undefined;
  readonly #connections = new Map<Redis, SignedIn>();
  #lookedAt: Moment;
  #givingUp: Promise<void> | undefined;
  #passwordError: Error | undefined;

  constructor(credentials: RedisCredentials, clock: Clock, onError: ((error: Error) => void) | undefined) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#onError = onError;
    this.#lookedAt = clock();
  }

  /** Why no password could be had when one was asked for last. */
  get passwordError(): Error | undefined {
    return this.#passwordError;
  }

  /**
   * Lets a connection sign in at each of its connects: ioredis reads its options then, and has no other way to ask for a
   * password anew. To be called before the first.
   */
  add(connection: Redis): void {
    const { username, connectionLifetimeMs } = this.#credentials;
    connection.options.username = username;
    Object.defineProperty(connection.options, "password", { get: () => this.#password(), enumerable: true });
    if (connectionLifetimeMs === undefined) return;
    const share = earliestRenewal + Math.random() * (latestRenewal - earliestRenewal);
    // At the beginning of the connect: a process that is frozen on the way takes its connection for older than it is.
    connection.on("connecting", () => {
      this.#connections.set(connection, { at: this.#clock(), renewAfterMs: share * connectionLifetimeMs });
    });
    connection.on("close", () => this.#connections.delete(connection));
  }

  /**
   * Signs in again on connections that have grown old. To be called before each command, since a frozen process has no timers.
   * What is sent from now on is answered behind it, and what is under way isn't touched.
   *
   * @returns a promise while connections are given up: after so long the server has ended them, though a process that slept
   * may not have heard of it yet
   */
  renew(): Promise<void> | undefined {
    const { connectionLifetimeMs } = this.#credentials;
    if (connectionLifetimeMs === undefined) return undefined;
    const now = this.#clock();
    if (elapsedMs(this.#lookedAt, now) < connectionLifetimeMs / looksPerLifetime) return this.#givingUp;
    this.#lookedAt = now;
    const ended: Redis[] = [];
    for (const [connection, signedIn] of this.#connections) {
      if (connection.status !== "ready") continue;
      const ageMs = elapsedMs(signedIn.at, now);
      if (ageMs >= connectionLifetimeMs) ended.push(connection);
      else if (ageMs >= signedIn.renewAfterMs) this.#signInAgain(connection, signedIn, now);
    }
    if (ended.length > 0)
      this.#givingUp = giveUp(ended).then(() => {
        this.#givingUp = undefined;
      });
    return this.#givingUp;
  }

  /** Refused, the connection is still good for what is left of its time; the next look tries again. */
  #signInAgain(connection: Redis, signedIn: SignedIn, now: Moment): void {
    connection.auth(this.#credentials.username, this.#password()).then(
      () => (signedIn.at = now),
      (error: unknown) =>
        this.#onError?.(new Error("a connection could not sign in again", { cause: withoutCommand(error) })),
    );
  }

  #password(): string {
    try {
      const password: unknown = this.#credentials.password();
      checkAnswersAtOnce("credentials.password", password, keepAnswers);
      if (typeof password !== "string")
        throw new TypeError(`credentials.password answered no string, but ${typeof password}: answer the password`);
      this.#passwordError = undefined;
      return password;
    } catch (error) {
      // Thrown at a connect it would end the connection for good. So it is refused, and asked for again at the next attempt.
      this.#passwordError = withoutCommand(error);
      this.#onError?.(this.#passwordError);
      return "";
    }
  }
}

/** Resolves when the client has noticed. */
async function giveUp(connections: readonly Redis[]): Promise<void> {
  const closed = connections.map((connection) => new Promise((resolve) => connection.once("close", resolve)));
  for (const { stream } of connections) stream.destroy();
  await Promise.all(closed);
  await new Promise(setImmediate);
}

const ofClients = new WeakMap<Redis | Cluster, SignIns>();

export function rememberSignIns(client: Redis | Cluster, signIns: SignIns): void {
  ofClients.set(client, signIns);
}

/** `undefined` where nobody signs in, or where `connectRedis` hasn't made the client. */
export function signInsOf(client: Redis | Cluster): SignIns | undefined {
  return ofClients.get(client);
}
