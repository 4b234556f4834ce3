/** Does the jobs of a queue, as long as somebody waits for it: nothing goes on once `work` has ended. */
import { setTimeout as pause } from "node:timers/promises";
import { type Moment, systemClock } from "../clock/moment";
import { checkFunction, checkOptionalFunction } from "../given-function";
import { RedisUnavailableError } from "../redis/unavailable";
import { tell } from "../tell";
import { checkWholeNumber, longestTimerMs } from "../whole-number";
import { failureReason } from "./failure-reason";
import type { Job } from "./job";
import type { Queue } from "./queue";
import { Settlement, type WorkDone } from "./settlement";

/** Resolves when the job is done; rejects when the attempt has failed. */
export type JobHandler<Data> = (job: Job<Data>) => Promise<unknown>;

export interface WorkOptions {
  /** How many jobs at a time, up to 1,000. */
  readonly concurrency: number;
  /** Ends the work: what has begun is done, what hasn't is given back. @default - never */
  readonly signal?: AbortSignal | undefined;
  /** Ends the work when no job is due. @default false */
  readonly untilEmpty?: boolean;
  /** Between two claims that found nothing: from the least, doubled each time, to the most. @default 20 */
  readonly minPauseMs?: number;
  /** @default 500 */
  readonly maxPauseMs?: number;
  /**
   * Told of every attempt that fails, with what its handler threw. Log it with the job's id: the dead letter has only the names
   * and codes of the error and of what caused it, since a message may hold what its readers mustn't see. What it throws
   * itself, or rejects with, is dropped. @default - nobody is told
   */
  readonly onFailure?: (error: unknown, job: Job<unknown>) => void;
}

/** Claims are extended so many times while they would stand. */
const extensions = 3;

/**
 * Claims jobs and hands them to `handler`, until `signal` or `untilEmpty` ends it. While Redis gives no answer it tries again
 * every `maxPauseMs`.
 *
 * @throws what Redis refuses by an error, once the jobs under way have ended
 * @throws RedisUnavailableError, then as well, when the client was disconnected for good: by its `disconnect`, say
 */
export async function work<Data>(
  queue: Queue<Data>,
  handler: JobHandler<Data>,
  options: WorkOptions,
): Promise<WorkDone> {
  return new Shift(queue, handler, options).run();
}

class Shift<Data> {
  readonly #queue: Queue<Data>;
  readonly #handler: JobHandler<Data>;
  readonly #options: WorkOptions;
  readonly #maxPauseMs: number;
  /** By receipt, when its claim was asked for or extended last. */
  readonly #running = new Map<string, Moment>();
  readonly #settlement: Settlement;
  #extending: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;
  #error: { readonly cause: unknown } | undefined;

  constructor(queue: Queue<Data>, handler: JobHandler<Data>, options: WorkOptions) {
    const { concurrency, minPauseMs = 20, maxPauseMs = 500 } = options;
    checkFunction("handler", handler);
    checkOptionalFunction("onFailure", options.onFailure);
    checkWholeNumber("concurrency", concurrency, 1, 1_000);
    checkWholeNumber("maxPauseMs", maxPauseMs, 1, longestTimerMs);
    checkWholeNumber("minPauseMs", minPauseMs, 1, maxPauseMs);
    this.#queue = queue;
    this.#handler = handler;
    this.#options = options;
    this.#maxPauseMs = maxPauseMs;
    this.#settlement = new Settlement({
      queue,
      isWorthAnother: (error) => {
        this.#noteUnlessUnavailable(error);
        return !this.#isOver();
      },
      pause: () => this.#pause(maxPauseMs),
    });
  }

  async run(): Promise<WorkDone> {
    const { concurrency, untilEmpty = false, minPauseMs = 20 } = this.#options;
    let pauseMs = minPauseMs;
    while (!this.#isOver()) {
      const free = concurrency - this.#running.size;
      const begun = free === 0 ? "full" : await this.#begin(free);
      if (begun === "jobs") pauseMs = minPauseMs;
      else if (begun === "unavailable") await this.#pause(this.#maxPauseMs);
      else if (begun === "none" && !untilEmpty) {
        await this.#pause(pauseMs);
        pauseMs = Math.min(2 * pauseMs, this.#maxPauseMs);
      } else if (this.#running.size > 0) await this.#oneEnds();
      else break;
    }
    while (this.#running.size > 0) await this.#oneEnds();
    const done = await this.#settlement.end();
    clearTimeout(this.#extending);
    if (this.#error !== undefined) throw this.#error.cause;
    return done;
  }

  #isOver(): boolean {
    return this.#options.signal?.aborted === true || this.#error !== undefined;
  }

  async #begin(max: number): Promise<"jobs" | "none" | "unavailable"> {
    const claimedAt = systemClock();
    try {
      const jobs = await this.#queue.claim({ max });
      if (this.#isOver()) await this.#queue.release(jobs.map(({ receipt }) => receipt));
      else for (const job of jobs) void this.#handle(job, claimedAt);
      return jobs.length > 0 ? "jobs" : "none";
    } catch (error) {
      this.#noteUnlessUnavailable(error);
      return "unavailable";
    }
  }

  async #handle(job: Job<Data>, claimedAt: Moment): Promise<void> {
    const { receipt } = job;
    this.#running.set(receipt, claimedAt);
    this.#extendLater();
    const reason = await this.#reasonToFail(job);
    this.#settlement.add({ receipt, reason, claimedAt: this.#running.get(receipt) ?? claimedAt });
    this.#running.delete(receipt);
    this.#wake();
  }

  async #reasonToFail(job: Job<Data>): Promise<string | undefined> {
    try {
      await this.#handler(job);
      return undefined;
    } catch (error) {
      tell(this.#options.onFailure, error, job);
      return failureReason(error);
    }
  }

  /** While jobs run their claims are extended, those that have lapsed meanwhile in vain. */
  #extendLater(): void {
    const extendAfterMs = Math.min(this.#queue.visibilityMs / extensions, longestTimerMs);
    this.#extending ??= setTimeout(() => void this.#extend(), extendAfterMs).unref();
  }

  async #extend(): Promise<void> {
    const receipts = [...this.#running.keys()];
    const askedAt = systemClock();
    try {
      const stood = receipts.length === 0 ? [] : await this.#queue.extend(receipts, this.#queue.visibilityMs);
      for (const [at, receipt] of receipts.entries())
        if (stood[at] === true && this.#running.has(receipt)) this.#running.set(receipt, askedAt);
    } catch (error) {
      this.#noteUnlessUnavailable(error);
    }
    this.#extending = undefined;
    if (this.#running.size > 0) this.#extendLater();
  }

  #oneEnds(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isOver()) return;
    const { signal } = this.#options;
    await pause(ms, undefined, { signal }).catch(() => undefined); // ended by the signal
  }

  /** What Redis refuses won't be better next time, and a connection that was ended for good won't come back. */
  #noteUnlessUnavailable(error: unknown): void {
    if (!(error instanceof RedisUnavailableError) || this.#queue.isDisconnected) this.#error ??= { cause: error };
  }
}
