import { endless, type Invocation } from "../cache/invocation";
import { type Clock, elapsedMs, type Moment, systemClock } from "../clock/moment";
import { checkOptionalFunction } from "../given-function";
import { type LockSlot, lockSlot } from "../redis/keys";
import { newRequestId } from "../redis/request-id";
import { tell } from "../tell";
import { checkWholeNumber, longestTimerMs } from "../whole-number";
import { acquire, notAcquired, type NotAcquired } from "./acquire";
import { checkLeaseId, type LeaseId, type LockState } from "./hold";
import { Lease } from "./lease";
import { LockCalls } from "./lock-calls";
import { type AcquireOptions, checkAcquire, checkLeaseMs, type LockEvent, type LocksOptions } from "./lock-options";
import { keepRenewed } from "./renewal";

export type Acquired = { readonly acquired: true; readonly lease: Lease } | NotAcquired;

const usualDeadlineMs = 500;

/**
 * Locks in Redis: of all processes one at a time has a name, for as long as its lease. Those who wait get it in order.
 *
 * Every method throws a RedisUnavailableError when Redis gives no answer; nobody is taken for the holder then. What was asked
 * for may have been done all the same: a lease that nobody knows of ends by time.
 */
export class Locks {
  readonly #calls: LockCalls;
  readonly #invocation: Pick<Invocation, "remainingMs">;
  readonly #onEvent: ((event: LockEvent) => void) | undefined;
  readonly #clock: Clock;

  /** @throws RangeError or TypeError that shows the value */
  constructor({
    redis,
    safety = "best-effort",
    deadlineMs = usualDeadlineMs,
    invocation = endless,
    onEvent,
    clock = systemClock,
  }: LocksOptions) {
    checkWholeNumber("deadlineMs", deadlineMs, 1, longestTimerMs);
    checkOptionalFunction("onEvent of locks", onEvent);
    this.#calls = new LockCalls({ redis, safety, deadlineMs, clock, onEvent });
    this.#invocation = invocation;
    this.#onEvent = onEvent;
    this.#clock = clock;
  }

  /**
   * Takes a lock, or waits in order for at most `waitMs`, also while Redis is gone: it may come back. Renew and release its lease yourself, or let `withLock` do it.
   *
   * @throws RedisUnavailableError when Redis gives no answer at first, or when the wait ends
   * @throws RangeError for times that can't be, TypeError for a name that is empty or no valid Unicode
   */
  async acquire(name: string, options: AcquireOptions): Promise<Acquired> {
    checkAcquire(options);
    const begunAt = this.#clock();
    const acquired = await this.#acquire(lockSlot(name), options, begunAt);
    const outcome = acquired.acquired ? "acquired" : acquired.reason;
    if (this.#onEvent !== undefined)
      tell(this.#onEvent, { type: "acquire", lock: name, outcome, waitedMs: elapsedMs(begunAt, this.#clock()) });
    return acquired;
  }

  /**
   * Does `work` under a lock, and renews its lease meanwhile. Resolves and rejects as `work` does, whatever becomes of the lease:
   * `work` has to stop when `lease.signal` aborts.
   *
   * @throws as `acquire`, and whatever `work` throws
   */
  async withLock<T>(
    name: string,
    options: AcquireOptions,
    work: (lease: Lease) => Promise<T>,
  ): Promise<{ readonly acquired: true; readonly value: T } | NotAcquired> {
    const acquired = await this.acquire(name, options);
    if (!acquired.acquired) return acquired;
    const { lease } = acquired;
    const renewal = keepRenewed(lease);
    try {
      return { acquired: true, value: await work(lease) };
    } finally {
      await renewal.end();
      await lease[Symbol.asyncDispose]();
    }
  }

  /**
   * Makes a lease that somebody else keeps last for `leaseMs` from now on, never shorter than it did.
   *
   * @returns how many ms it lasts, counted from before the call; 0 for one that is over
   * @throws RedisUnavailableError; `unreplicated`: too few replicas have it, so count on no more than before
   * @throws RangeError, or TypeError for what is no lease
   */
  async renew(name: string, id: LeaseId, leaseMs: number): Promise<number> {
    checkLeaseId(id);
    checkLeaseMs(leaseMs);
    return Math.floor((await this.#calls.renew(lockSlot(name), id, leaseMs)).answer);
  }

  /**
   * Gives a lock to the next one. `false`: the lease was over and another one has had the lock since, or it never was one.
   *
   * @throws RedisUnavailableError, or TypeError for what is no lease
   */
  async release(name: string, id: LeaseId): Promise<boolean> {
    checkLeaseId(id);
    return this.#calls.release(lockSlot(name), id);
  }

  /** Who has a lock, until when, and how many wait for it. @throws RedisUnavailableError */
  read(name: string): Promise<LockState> {
    return this.#calls.read(lockSlot(name));
  }

  async #acquire(
    slot: LockSlot,
    { leaseMs, waitMs = 0, holder = newRequestId() }: AcquireOptions,
    begunAt: Moment,
  ): Promise<Acquired> {
    const [calls, clock, invocation] = [this.#calls, this.#clock, this.#invocation];
    const taken = await acquire({ calls, clock, invocation, slot, holder, leaseMs, waitMs, begunAt });
    if (!taken.acquired) return taken;
    const { token, isNew, leftMs, sentAt } = taken;
    const renew = (id: LeaseId) =>
      calls.renew(slot, id, Math.min(leaseMs, Math.max(1, Math.floor(invocation.remainingMs()))));
    const operations = {
      renew,
      release: (id: LeaseId) => calls.release(slot, id),
      onLost: () => tell(this.#onEvent, { type: "lost", lock: slot.name }),
    };
    const { name } = slot;
    const lease = new Lease({ name, token, holder, safety: calls.safety, clock, sentAt, leftMs, operations });
    if (lease.remainingMs() > 0) return { acquired: true, lease };
    if (isNew) await calls.leave(slot, holder);
    return notAcquired("late", 0);
  }
}
