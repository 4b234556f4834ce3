/**
 * Stops asking a Redis that doesn't answer, so that each caller needn't wait for the deadline to find out.
 *
 * Five failures in a row open it for a second; then one call goes through to see, and its outcome closes or reopens it
 * (half-open: Nygard, "Release It!", chapter 5).
 */
const failuresToOpen = 5;
const openForMs = 1_000;

type State = { is: "closed"; failures: number } | { is: "open"; untilMs: number } | { is: "probing" };

export class Breaker {
  #state: State = { is: "closed", failures: 0 };
  readonly #nowMs: () => number;

  /** @param nowMs a monotonic clock */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether a call may go out now. One that may must tell its end by `succeeded` or `failed`. */
  admits(): boolean {
    switch (this.#state.is) {
      case "closed":
        return true;
      case "probing":
        return false;
      case "open":
        if (this.#nowMs() < this.#state.untilMs) return false;
        this.#state = { is: "probing" };
        return true;
    }
  }

  succeeded(): void {
    this.#state = { is: "closed", failures: 0 };
  }

  failed(): void {
    const failures = this.#state.is === "closed" ? this.#state.failures + 1 : failuresToOpen;
    this.#state =
      failures < failuresToOpen ? { is: "closed", failures } : { is: "open", untilMs: this.#nowMs() + openForMs };
  }
}
