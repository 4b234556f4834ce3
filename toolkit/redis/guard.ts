import type { Redis } from "ioredis";
import { Breaker } from "./breaker";
import { checkClient } from "./client-options";
import type { RedisClient } from "./connect";
import { ConnectionErrors } from "./connection-errors";
import { late, orLate } from "./deadline";
import { primaryNameOf } from "./primaries";
import { sendTogether } from "./send-together";
import { type SignIns, signInsOf } from "./sign-ins";
import { RedisUnavailableError, type UnavailableReason } from "./unavailable";
import { waitFor } from "./waited-for";
import { withoutCommand } from "./without-command";

/** Replies by which a server says that it can't serve now, not that the command is wrong. */
const cantServeNow = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)/;

/** Errors of these names are mistakes in what was to be sent: ioredis has none of them for a lost connection. */
const mistakes = new Set(["TypeError", "RangeError", "ReferenceError", "SyntaxError"]);

/** A deadline from which on a caller counts as patient. */
const patientMs = 100;

/**
 * The one way to Redis: every command has a deadline and passes a circuit breaker.
 *
 * While there is no connection a command waits for one within its deadline: a Lambda environment runs only while it has a
 * call, so nobody else would give the connection the time to be made. Waiting in vain opens the breaker, unless the first
 * connection is still being made; a connection that is made closes it. A mistake of the caller's is no failure of Redis.
 */
export class Guard {
  /** For what must be known of it; commands go through `run`. */
  readonly client: RedisClient;
  /**
   * One for each node of a cluster: while one hangs the others go on. And one for those who are patient: that Redis stood still
   * for as long as a cache waits is no reason to refuse a session.
   */
  readonly #breakers = new Map<string, Breaker>();
  readonly #signIns: SignIns | undefined;
  readonly #errors: ConnectionErrors;
  #connectedBefore: boolean;
  #nextConnection: Promise<void> | undefined;

  constructor(client: RedisClient) {
    checkClient(client);
    this.client = client;
    this.#errors = new ConnectionErrors(client);
    this.#signIns = signInsOf(client);
    this.#connectedBefore = client.status === "ready";
    for (const event of ["ready", "reconnecting", "end"]) client.once(event, () => (this.#connectedBefore = true));
    client.on("ready", () => this.#breakers.clear());
    // A cluster is ready all the time, while one of its nodes comes back.
    client.on("+node", (node: Redis) => node.once("ready", () => this.#nodeConnected(node)));
  }

  /**
   * Runs one command, or one pipeline, within `deadlineMs`, the wait for a connection included.
   *
   * @param deadlineMs at most 2,147,483,647, which isn't checked: more would be over at once
   * @param key what the command is about: in a cluster it has to do with that node alone
   * @throws RedisUnavailableError when no answer came; see there for what may have happened
   * @throws ReplyError when Redis answered with an error
   * @throws TypeError, RangeError, ReferenceError or SyntaxError as `work` does
   */
  run<T>(operation: string, deadlineMs: number, work: (client: RedisClient) => Promise<T>, key?: string): Promise<T> {
    const givingUp = this.#signIns?.renew();
    if (givingUp !== undefined) return givingUp.then(() => this.run(operation, deadlineMs, work, key));
    const breaker = this.#breakerOf(key, deadlineMs);
    if (!breaker.admits()) return Promise.reject(this.#unavailable(operation, "refused", key));
    if (this.#isConnected()) return this.#send(operation, deadlineMs, work, breaker);
    const begunMs = performance.now();
    return this.#connected(operation, deadlineMs, breaker).then(() =>
      this.#send(operation, Math.max(1, deadlineMs - (performance.now() - begunMs)), work, breaker),
    );
  }

  async #send<T>(
    operation: string,
    deadlineMs: number,
    work: (client: RedisClient) => Promise<T>,
    breaker: Breaker,
  ): Promise<T> {
    const repliesBefore = breaker.replies;
    let reply: T | typeof late;
    if ("stream" in this.client) sendTogether(this.client.stream);
    try {
      reply = await orLate(work(this.client), deadlineMs);
    } catch (error) {
      if (error instanceof Error && error.name === "ReplyError" && !cantServeNow.test(error.message)) {
        breaker.succeeded();
        throw error;
      }
      if (error instanceof Error && mistakes.has(error.name)) {
        breaker.withdrawn();
        throw error;
      }
      breaker.failed();
      throw new RedisUnavailableError(operation, "failed", { cause: withoutCommand(error) });
    }
    if (reply === late) {
      breaker.late(repliesBefore);
      throw new RedisUnavailableError(operation, "deadline");
    }
    breaker.succeeded();
    return reply;
  }

  /** One whose end has come takes no command any more, though ioredis has yet to notice. */
  #isConnected(): boolean {
    const { client } = this;
    return client.status === "ready" && (!("stream" in client) || client.stream.writable);
  }

  async #connected(operation: string, deadlineMs: number, breaker: Breaker): Promise<void> {
    const repliesBefore = breaker.replies;
    // One listener for all who wait.
    this.#nextConnection ??= new Promise((resolve) => {
      this.client.once("ready", () => {
        this.#nextConnection = undefined;
        resolve();
      });
    });
    if (this.client.status === "wait") setImmediate(() => this.#connect());
    const done = waitFor(this.client);
    const made = this.client.status === "end" ? late : await orLate(this.#nextConnection, deadlineMs);
    done();
    if (made !== late) return;
    if (!this.#connectedBefore) throw this.#unavailable(operation, "connecting");
    breaker.late(repliesBefore);
    throw this.#unavailable(operation, "disconnected");
  }

  /** A client of one's own with `lazyConnect`, unless its owner does. Its error is told to its listeners, as with any attempt. */
  #connect(): void {
    if (this.client.status === "wait") this.client.connect().catch(() => undefined);
  }

  #unavailable(operation: string, reason: UnavailableReason, key?: string): RedisUnavailableError {
    const node = key === undefined ? undefined : primaryNameOf(this.client, key);
    return new RedisUnavailableError(operation, reason, { cause: this.#errors.of(node) });
  }

  #nodeConnected(node: Redis): void {
    const { host = "", port = 0 } = node.options;
    this.#errors.connected(node);
    for (const patience of ["hasty", "patient"]) this.#breakers.delete(`${patience} ${host}:${port}`);
  }

  #breakerOf(key: string | undefined, deadlineMs: number): Breaker {
    const name = key === undefined ? "" : (primaryNameOf(this.client, key) ?? "");
    const node = `${deadlineMs < patientMs ? "hasty" : "patient"} ${name}`;
    let breaker = this.#breakers.get(node);
    if (breaker === undefined) this.#breakers.set(node, (breaker = new Breaker(() => performance.now())));
    return breaker;
  }
}

const guards = new WeakMap<RedisClient, Guard>();

/**
 * The client's guard. There is one for each client: what one feature learns of a dead Redis, the others know.
 *
 * @throws TypeError for a client of one's own with `keyPrefix` or `stringNumbers`
 */
export function guardOf(client: RedisClient): Guard {
  const guard = guards.get(client) ?? new Guard(client);
  guards.set(client, guard);
  return guard;
}
