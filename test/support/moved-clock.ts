/** A clock that a test moves. It begins now, since Redis stamps expiries by its own. */
import type { Moment } from "../../toolkit/clock/moment";

export class MovedClock {
  now: Moment = { monotonicMs: 0, wallMs: Date.now() };

  readonly read = (): Moment => this.now;

  /** Negative: back, to where Redis' clock is. */
  readonly passMs = (ms: number): void => {
    const { monotonicMs, wallMs } = this.now;
    this.now = { monotonicMs: monotonicMs + ms, wallMs: wallMs + ms };
  };
}
