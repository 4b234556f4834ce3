import { type Clock, elapsedMs, type Moment } from "../clock/moment";
import type { Decision } from "./decision";

interface Denial {
  readonly costAndPlan: string;
  readonly decision: Decision;
  readonly deniedAt: Moment;
}

const longestMs = 1_000;
const mostSubjects = 10_000;

/**
 * Denials of the last second, so that who goes on asking costs Redis nothing. A denial stands until the cost would fit, for
 * the same cost and plan: somebody else may have been paid back meanwhile, so at most a second.
 */
export class Denials {
  readonly #bySubject = new Map<string, Denial[]>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The denial that still stands, with the times counted from now. */
  find(subject: string, costAndPlan: string): Decision | undefined {
    const denials = this.#bySubject.get(subject);
    if (denials === undefined) return undefined;
    const now = this.#clock();
    for (const { costAndPlan: each, decision, deniedAt } of denials) {
      const agoMs = elapsedMs(deniedAt, now);
      if (each === costAndPlan && agoMs < Math.min(decision.retryAfterMs, longestMs)) return later(decision, agoMs);
    }
    return undefined;
  }

  add(subject: string, costAndPlan: string, decision: Decision): void {
    const others = this.#bySubject.get(subject)?.filter((each) => each.costAndPlan !== costAndPlan) ?? [];
    this.#bySubject.delete(subject);
    const [oldest] = this.#bySubject.keys();
    if (this.#bySubject.size >= mostSubjects && oldest !== undefined) this.#bySubject.delete(oldest);
    this.#bySubject.set(subject, [...others.slice(-3), { costAndPlan, decision, deniedAt: this.#clock() }]);
  }

  /** Once something was given back. */
  forget(subject: string): void {
    this.#bySubject.delete(subject);
  }
}

function later(decision: Decision, agoMs: number): Decision {
  return {
    ...decision,
    retryAfterMs: Math.ceil(decision.retryAfterMs - agoMs),
    resetMs: Math.max(0, Math.ceil(decision.resetMs - agoMs)),
    policies: decision.policies.map((each) => ({
      ...each,
      retryAfterMs: Math.max(0, Math.ceil(each.retryAfterMs - agoMs)),
      resetMs: Math.max(0, Math.ceil(each.resetMs - agoMs)),
    })),
  };
}
