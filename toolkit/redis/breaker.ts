/**
 * Stops asking a Redis that doesn't answer, so that each caller needn't wait for the deadline to find out.
 *
 * It opens when a whole deadline has passed without any reply, or after five failures in a row. Then one call after another
 * goes through to see, the first after a quarter of a second, later ones after a second; the outcome closes or reopens it
 * (half-open: Nygard, "Release It!", chapter 5).
 */
const failuresToOpen = 5;
/** What fails so soon after another has the same cause: a lost connection fails all commands that were under way. */
const togetherMs = 5;
const shortestOpenMs = 250;
const longestOpenMs = 1_000;

type State =
  | { is: "closed"; failures: number; lastFailureMs: number }
  | { is: "open"; untilMs: number; openMs: number }
  | { is: "probing"; openMs: number };

export class Breaker {
  #state: State = noFailure();
  #replies = 0;
  readonly #nowMs: () => number;

  /** @param nowMs a monotonic clock */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How many have come, for `late`. */
  get replies(): number {
    return this.#replies;
  }

  /** Whether a call may go out now. One that may must tell its end by `succeeded`, `failed`, `late` or `withdrawn`. */
  admits(): boolean {
    const state = this.#state;
    if (state.is === "closed") return true;
    if (state.is === "probing" || this.#nowMs() < state.untilMs) return false;
    this.#state = { is: "probing", openMs: state.openMs };
    return true;
  }

  succeeded(): void {
    this.#replies++;
    if (this.#state.is !== "closed" || this.#state.failures > 0) this.#state = noFailure();
  }

  failed(): void {
    const state = this.#state;
    const nowMs = this.#nowMs();
    if (state.is === "closed") {
      if (nowMs - state.lastFailureMs < togetherMs) return;
      state.failures++;
      state.lastFailureMs = nowMs;
      if (state.failures < failuresToOpen) return;
    }
    this.#open();
  }

  /** @param repliesBefore how many had come when the call went out: was there one since, then only this call is slow */
  late(repliesBefore: number): void {
    if (repliesBefore === this.#replies) this.#open();
    else this.failed();
  }

  /** The call says nothing of Redis: another one may go out in its place. */
  withdrawn(): void {
    if (this.#state.is === "probing") this.#state = { is: "open", openMs: this.#state.openMs, untilMs: this.#nowMs() };
  }

  #open(): void {
    const state = this.#state;
    if (state.is === "open") return; // of a call that went out before
    const openMs = state.is === "probing" ? Math.min(2 * state.openMs, longestOpenMs) : shortestOpenMs;
    this.#state = { is: "open", openMs, untilMs: this.#nowMs() + openMs };
  }
}

function noFailure(): State {
  return { is: "closed", failures: 0, lastFailureMs: Number.NEGATIVE_INFINITY };
}
