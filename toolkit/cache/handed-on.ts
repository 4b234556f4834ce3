import { type Clock, elapsedMs, type Moment } from "../clock/moment";

interface Known {
  readonly softExpiryMs: number;
  readonly at: Moment;
}

/** With nothing come of it by then, whoever it was handed on to is taken for gone, or to have lost it. */
const handOnAgainMs = 10_000;
/** Those beyond it are forgotten with all others, and handed on again. */
const mostKnown = 10_000;

/** Which values this process has handed on a moment ago: each lookup of a stale value finds that it is due. */
export class HandedOn {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(id: string, softExpiryMs: number): void {
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(id, { softExpiryMs, at: this.#clock() });
  }

  has(id: string, softExpiryMs: number): boolean {
    const known = this.#known.get(id);
    return known?.softExpiryMs === softExpiryMs && elapsedMs(known.at, this.#clock()) < handOnAgainMs;
  }
}
