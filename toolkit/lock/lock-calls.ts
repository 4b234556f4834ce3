import type { Clock, Moment } from "../clock/moment";
import { ConfirmedWrites, type Replicated } from "../redis/confirmed-writes";
import type { RedisClient } from "../redis/connect";
import { type Guard, guardOf } from "../redis/guard";
import type { LockSlot } from "../redis/keys";
import { replicatedBy } from "../redis/safety";
import { RedisUnavailableError } from "../redis/unavailable";
import { untilAnswered } from "../redis/until-answered";
import { tell } from "../tell";
import { type LeaseId, type LockState, readLock, releaseLease, renewLease } from "./hold";
import type { LockEvent } from "./lock-options";
import { type Answer, type Asked, askForLock, leaveLock, leavePlaceAtLock } from "./take";

/** An answer, and when its question was sent: Redis has counted from some moment after that. */
export interface Sent<T> {
  readonly sentAt: Moment;
  readonly answer: T;
}

export interface LockCallsOptions {
  readonly redis: RedisClient;
  readonly safety: "best-effort" | Replicated;
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly onEvent: ((event: LockEvent) => void) | undefined;
}

/** What locks ask of Redis. What was lost with its connection is sent again: each script does nothing the second time. */
export class LockCalls {
  readonly client: RedisClient;
  readonly safety: "best-effort" | "replicated";
  readonly #guard: Guard;
  readonly #confirmed: ConfirmedWrites | undefined;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  readonly #onEvent: ((event: LockEvent) => void) | undefined;

  constructor({ redis, safety, deadlineMs, clock, onEvent }: LockCallsOptions) {
    this.client = redis;
    const replicated = replicatedBy(safety);
    this.safety = replicated === undefined ? "best-effort" : "replicated";
    this.#guard = guardOf(redis);
    this.#confirmed = replicated && new ConfirmedWrites(this.#guard, replicated);
    this.#deadlineMs = deadlineMs;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /**
   * `undefined`: too few replicas confirmed it. What this question has brought has been undone then, as far as Redis can be reached;
   * not a lease of that holder that was there before: an earlier question may have been answered with it.
   */
  async ask(slot: LockSlot, asked: Asked): Promise<Sent<Answer> | undefined> {
    let answer: Answer | undefined;
    try {
      return await this.#write(
        "acquire lock",
        slot,
        async (client) => (answer = await askForLock(client, slot, asked)),
      );
    } catch (error) {
      if (!isUnreplicated(error)) throw error;
      if (answer?.state === "acquired" && answer.isNew) await this.leave(slot, asked.holder);
      else await this.leavePlace(slot, asked.holder).catch(() => undefined);
      return undefined;
    }
  }

  /** Stops waiting. What Redis doesn't hear of ends by time; heard late, it ends no lease that a repetition has got. */
  async leavePlace(slot: LockSlot, holder: string): Promise<void> {
    await this.#run("leave lock", slot, (client) => leavePlaceAtLock(client, slot, holder));
  }

  /** Gives up a place, or a lease that can't be used. What Redis doesn't hear of ends by time. */
  async leave(slot: LockSlot, holder: string): Promise<void> {
    await this.#run("leave lock", slot, (client) => leaveLock(client, slot, holder)).catch(() => undefined);
  }

  renew(slot: LockSlot, id: LeaseId, leaseMs: number): Promise<Sent<number>> {
    return this.#write("renew lock", slot, (client) => renewLease(client, slot, id, leaseMs));
  }

  release(slot: LockSlot, id: LeaseId): Promise<boolean> {
    return this.#run("release lock", slot, (client) => releaseLease(client, slot, id));
  }

  read(slot: LockSlot): Promise<LockState> {
    return this.#run("read lock", slot, (client) => readLock(client, slot));
  }

  /** Counts only once replicas have it, if they are asked. */
  #write<T>(operation: string, slot: LockSlot, send: (client: RedisClient) => Promise<T>): Promise<Sent<T>> {
    const timed = async (client: RedisClient): Promise<Sent<T>> => {
      const sentAt = this.#clock();
      return { sentAt, answer: await send(client) };
    };
    const confirmed = this.#confirmed;
    if (confirmed === undefined) return this.#run(operation, slot, timed);
    return this.#told(operation, slot, async (leftMs) => {
      const sent: Sent<T>[] = [];
      const write = { key: slot.lock, send: async (client: RedisClient) => sent.push(await timed(client)) };
      await confirmed.send(operation, [write], leftMs);
      const [only] = sent;
      if (only === undefined) throw new RedisUnavailableError(operation, "failed");
      return only;
    });
  }

  #run<T>(operation: string, slot: LockSlot, send: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.#told(operation, slot, (leftMs) => this.#guard.run(operation, leftMs, send, slot.lock));
  }

  async #told<T>(operation: string, slot: LockSlot, attempt: (leftMs: number) => Promise<T>): Promise<T> {
    try {
      return await untilAnswered(this.#deadlineMs, attempt);
    } catch (error) {
      const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
      tell(this.#onEvent, { type: "unavailable", lock: slot.name, operation, reason });
      throw error;
    }
  }
}

function isUnreplicated(error: unknown): boolean {
  return error instanceof RedisUnavailableError && error.reason === "unreplicated";
}
