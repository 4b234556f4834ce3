import { Breaker } from "./breaker";
import type { RedisClient } from "./connect";
import { late, orLate } from "./deadline";
import { RedisUnavailableError } from "./unavailable";

/** Replies by which a server says that it can't serve now, not that the command is wrong. */
const cantServeNow = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)/;
/**
 * The one way to Redis: every command has a deadline and passes a circuit breaker.
 *
 * While there is no connection a command waits for one within its deadline: a Lambda environment runs only while it has a
 * call, so nobody else would give the connection the time to be made. Waiting in vain counts against the breaker, but for
 * the first connection.
 */
export class Guard {
  /** For what must be known of it; commands go through `run`. */
  readonly client: RedisClient;
  readonly #breaker = new Breaker(() => performance.now());
  #connectedBefore: boolean;
  #nextConnection: Promise<void> | undefined;

  constructor(client: RedisClient) {
    this.client = client;
    this.#connectedBefore = client.status === "ready";
    for (const event of ["ready", "reconnecting", "end"]) client.once(event, () => (this.#connectedBefore = true));
  }

  /**
   * Runs one command, or one pipeline, within `deadlineMs`, the wait for a connection included.
   *
   * @throws RedisUnavailableError when no answer came; see there for what may have happened
   * @throws ReplyError when Redis answered with an error
   */
  async run<T>(operation: string, deadlineMs: number, work: (client: RedisClient) => Promise<T>): Promise<T> {
    const begunMs = performance.now();
    if (!this.#breaker.admits()) throw new RedisUnavailableError(operation, "refused");
    if (this.client.status !== "ready") await this.#connected(operation, deadlineMs);
    let reply: T | typeof late;
    try {
      reply = await orLate(work(this.client), Math.max(1, deadlineMs - (performance.now() - begunMs)));
    } catch (error) {
      if (error instanceof Error && error.name === "ReplyError" && !cantServeNow.test(error.message)) {
        this.#breaker.succeeded();
        throw error;
      }
      this.#breaker.failed();
      throw new RedisUnavailableError(operation, "failed", { cause: error });
    }
    if (reply === late) {
      this.#breaker.failed();
      throw new RedisUnavailableError(operation, "deadline");
    }
    this.#breaker.succeeded();
    return reply;
  }

  async #connected(operation: string, deadlineMs: number): Promise<void> {
    // One listener for all who wait.
    this.#nextConnection ??= new Promise((resolve) => {
      this.client.once("ready", () => {
        this.#nextConnection = undefined;
        resolve();
      });
    });
    const first = !this.#connectedBefore;
    if (this.client.status !== "end" && (await orLate(this.#nextConnection, deadlineMs)) !== late) return;
    if (first && this.client.status !== "end") throw new RedisUnavailableError(operation, "connecting");
    this.#breaker.failed();
    throw new RedisUnavailableError(operation, "disconnected");
  }
}

const guards = new WeakMap<RedisClient, Guard>();

/** The client's guard. There is one for each client: what one feature learns of a dead Redis, the others know. */
export function guardOf(client: RedisClient): Guard {
  const guard = guards.get(client) ?? new Guard(client);
  guards.set(client, guard);
  return guard;
}
