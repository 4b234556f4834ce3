import { Breaker } from "./breaker";
import type { RedisClient } from "./connect";
import { late, orLate } from "./deadline";
import { RedisUnavailableError } from "./unavailable";

/** Replies by which a server says that it can't serve now, not that the command is wrong. */
const cantServeNow = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)/;
/** What ends an attempt to connect, one way or the other. */
const connectionOutcomes = ["ready", "reconnecting", "end"];

/**
 * The one way to Redis: every command has a deadline and passes a circuit breaker.
 *
 * While the first connection is being made a command waits for it within its deadline, and that doesn't count against
 * the breaker. Later a lost connection fails a command at once.
 */
export class Guard {
  readonly #client: RedisClient;
  readonly #breaker = new Breaker(() => performance.now());
  readonly #firstOutcome: Promise<void>;
  #firstIsOver = false;

  constructor(client: RedisClient) {
    this.#client = client;
    this.#firstOutcome = new Promise((resolve) => {
      const settle = () => {
        this.#firstIsOver = true;
        resolve();
      };
      if (client.status === "ready") settle();
      for (const event of connectionOutcomes) client.once(event, settle);
    });
  }

  /**
   * Runs one command, or one pipeline, within `deadlineMs`, the wait for the first connection included.
   *
   * @throws RedisUnavailableError when no answer came; see there for what may have happened
   * @throws ReplyError when Redis answered with an error
   */
  async run<T>(operation: string, deadlineMs: number, work: (client: RedisClient) => Promise<T>): Promise<T> {
    const begunMs = performance.now();
    if (this.#client.status !== "ready") await this.#connected(operation, deadlineMs);
    if (!this.#breaker.admits()) throw new RedisUnavailableError(operation, "refused");
    let reply: T | typeof late;
    try {
      reply = await orLate(work(this.#client), deadlineMs - (performance.now() - begunMs));
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
    if (this.#firstIsOver) throw new RedisUnavailableError(operation, "disconnected");
    if ((await orLate(this.#firstOutcome, deadlineMs)) === late)
      throw new RedisUnavailableError(operation, "connecting");
    if (this.#client.status !== "ready") throw new RedisUnavailableError(operation, "disconnected");
  }
}

const guards = new WeakMap<RedisClient, Guard>();

/** The client's guard. There is one for each client: what one feature learns of a dead Redis, the others know. */
export function guardOf(client: RedisClient): Guard {
  const guard = guards.get(client) ?? new Guard(client);
  guards.set(client, guard);
  return guard;
}
