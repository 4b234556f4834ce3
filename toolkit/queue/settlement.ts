import { elapsedMs, type Moment, systemClock } from "../clock/moment";
import type { Queue } from "./queue";

export interface WorkDone {
  readonly done: number;
  readonly failed: number;
  /** Whose claim had lapsed when they were done, or Redis gave no answer for so long: they may be done again. */
  readonly unsettled: number;
}

/** An attempt that has ended, and whose claim hasn't yet. */
interface Ended {
  readonly receipt: string;
  /** When the claim was asked for or extended last. */
  readonly claimedAt: Moment;
  /** Why it failed; `undefined`: it is done. */
  readonly reason: string | undefined;
}

export interface SettlementOptions {
  readonly queue: Pick<Queue<unknown>, "ack" | "nack" | "visibilityMs">;
  /** Whether to try again after this error. */
  readonly isWorthAnother: (error: unknown) => boolean;
  /** Before another attempt. */
  readonly pause: () => Promise<void>;
}

/** Tells a queue of attempts that have ended, those that end in the same tick together. */
export class Settlement {
  readonly #options: SettlementOptions;
  #ended: Ended[] = [];
  #settling: Promise<void> | undefined;
  readonly #count = { done: 0, failed: 0, unsettled: 0 };

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  add(ended: Ended): void {
    this.#ended.push(ended);
    this.#settling ??= this.#settleAll();
  }

  /** What came of all, once nothing more can be done about them. */
  async end(): Promise<WorkDone> {
    await this.#settling;
    return this.#count;
  }

  async #settleAll(): Promise<void> {
    await new Promise((resolve) => process.nextTick(resolve));
    while (this.#ended.length > 0) {
      const byReason = Map.groupBy(this.#ended, ({ reason }) => reason);
      this.#ended = [];
      await Promise.all([...byReason].map(([reason, ended]) => this.#settle(ended, reason)));
    }
    this.#settling = undefined;
  }

  async #settle(ended: readonly Ended[], reason: string | undefined): Promise<void> {
    const { queue, isWorthAnother, pause } = this.#options;
    const receipts = ended.map(({ receipt }) => receipt);
    try {
      const stood = await (reason === undefined ? queue.ack(receipts) : queue.nack(receipts, { reason }));
      const settled = stood.filter(Boolean).length;
      this.#count[reason === undefined ? "done" : "failed"] += settled;
      this.#count.unsettled += ended.length - settled;
    } catch (error) {
      const now = systemClock();
      const standing = ended.filter(({ claimedAt }) => elapsedMs(claimedAt, now) < queue.visibilityMs);
      const again = isWorthAnother(error) ? standing : [];
      this.#count.unsettled += ended.length - again.length;
      if (again.length > 0) await pause();
      this.#ended.push(...again);
    }
  }
}
