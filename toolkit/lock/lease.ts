import { type Clock, elapsedMs, type Moment } from "../clock/moment";
import type { LeaseId } from "./hold";
import type { Sent } from "./lock-calls";

/** The lease is over, or is about to be: what it protects may belong to another holder soon. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";

  constructor(
    readonly lock: string,
    /** `expired`: it wasn't renewed in time, by this process' clocks. `refused`: Redis says that it is over. */
    readonly reason: "expired" | "refused",
  ) {
    super(`the lease of lock ${lock} is lost (${reason}): stop the work, and let what it writes to check the token`);
  }
}

/** How the lease's lock is spoken to. */
export interface LeaseOperations {
  /** Resolves with the ms left from when it was sent, 0 for a lease that is over. */
  readonly renew: (id: LeaseId) => Promise<Sent<number>>;
  readonly release: (id: LeaseId) => Promise<unknown>;
  readonly onLost: () => void;
}

export interface LeaseOptions extends LeaseId {
  readonly name: string;
  readonly safety: "best-effort" | "replicated";
  readonly clock: Clock;
  readonly sentAt: Moment;
  readonly leftMs: number;
  readonly operations: LeaseOperations;
}

const leastMarginMs = 20;
const mostMarginMs = 2_000;

/** So long before the end the lease counts as lost: a tenth of it, at least 20 ms and at most 2 s, and no more than half. */
function marginMs(leaseMs: number): number {
  return Math.min(Math.max(leaseMs / 10, leastMarginMs), mostMarginMs, leaseMs / 2);
}

/**
 * The right to do what a lock protects, for a limited time.
 *
 * No lease protects from a process that is frozen between a look at `signal` and a write. So whatever is written to checks
 * `token` and `holder`: a greater token may write, the same one with the same holder, and an older one never again.
 */
export class Lease implements AsyncDisposable {
  readonly name: string;
  /** Greater than that of every earlier lease of this lock; microseconds of Redis' clock when it was taken, as a rule. */
  readonly token: number;
  readonly holder: string;
  /** When it counts: once the primary has it, or once all replicas have it, too. */
  readonly safety: "best-effort" | "replicated";
  readonly #clock: Clock;
  readonly #operations: LeaseOperations;
  /** Made when somebody asks for the signal: most leases are released before. */
  #abort: AbortController | undefined;
  #isReleased = false;
  #lost: LeaseLostError | undefined;
  /** Redis has counted from some moment after this. */
  #sentAt: Moment;
  #leftMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor({ name, token, holder, safety, clock, sentAt, leftMs, operations }: LeaseOptions) {
    this.name = name;
    this.token = token;
    this.holder = holder;
    this.safety = safety;
    this.#clock = clock;
    this.#sentAt = sentAt;
    this.#leftMs = leftMs;
    this.#operations = operations;
  }

  /**
   * Aborts, by a LeaseLostError, a margin before the lease can be lost. In a process that was frozen events may come before
   * its timers; whoever asks for `signal` then, rather than keeping it, finds it aborted already.
   */
  get signal(): AbortSignal {
    const isHeld = this.remainingMs() > 0;
    this.#abort ??= new AbortController();
    if (isHeld) this.#arm();
    else if (this.#lost !== undefined) this.#abort.abort(this.#lost);
    return this.#abort.signal;
  }

  /** How long work may go on: until `signal` aborts. 0 once it has, or once the lease was released. */
  remainingMs(): number {
    if (this.#isReleased || this.#lost !== undefined) return 0;
    const left = this.#leftMs - marginMs(this.#leftMs) - elapsedMs(this.#sentAt, this.#clock());
    if (left > 0) return left;
    this.#lose("expired");
    return 0;
  }

  /**
   * Makes the lease last as long as it did in the beginning, from now on, but no longer than the invocation.
   *
   * @returns `false` for a lease that is over; `signal` has aborted then
   * @throws RedisUnavailableError when Redis gave no answer, or too few replicas did: the lease lasts as long as before
   */
  async renew(): Promise<boolean> {
    if (this.remainingMs() === 0) return false;
    const { sentAt, answer: leftMs } = await this.#operations.renew(this);
    if (leftMs === 0) this.#lose("refused");
    if (this.#isReleased || this.#lost !== undefined) return false;
    this.#sentAt = sentAt;
    this.#leftMs = leftMs;
    if (this.#timer !== undefined) this.#arm();
    return this.remainingMs() > 0;
  }

  /**
   * Gives the lock to the next one. `signal` doesn't abort by this. Does nothing the second time.
   *
   * @throws RedisUnavailableError when Redis gave no answer: the lock is free when its lease ends
   */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    clearTimeout(this.#timer);
    await this.#operations.release(this);
  }

  /** `release` for `await using`; what it can't do ends by time, and never hides what the block returned or threw. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => undefined);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const leftMs = this.#leftMs - marginMs(this.#leftMs) - elapsedMs(this.#sentAt, this.#clock());
    this.#timer = setTimeout(() => this.#expire(), leftMs).unref();
  }

  /** Node's timers may come a little early by another clock. */
  #expire(): void {
    if (this.remainingMs() > 0) this.#arm();
  }

  #lose(reason: LeaseLostError["reason"]): void {
    if (this.#isReleased || this.#lost !== undefined) return;
    this.#lost = new LeaseLostError(this.name, reason);
    clearTimeout(this.#timer);
    this.#abort?.abort(this.#lost);
    this.#operations.onLost();
  }
}
