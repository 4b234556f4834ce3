import type { Clock } from "../clock/moment";
import type { PolicyState } from "./decision";
import type { EffectivePolicy } from "./policy";

const mostUsed = 10_000;

/**
 * What one process gives out by itself while Redis gives no answer: of each limit its share, at least one at once, smoothly
 * (GCRA, whatever the policy's algorithm is). With no more processes than the share was made for, the limit holds about.
 */
export class LocalShare {
  readonly #processes: number;
  readonly #clock: Clock;
  /** Until when a share is used up, by policy and subject. */
  readonly #usedUntilMs = new Map<string, number>();

  constructor(processes: number, clock: Clock) {
    this.#processes = processes;
    this.#clock = clock;
  }

  /** How a subject would stand after using `cost`. */
  state(subject: string, policy: EffectivePolicy, cost: number): PolicyState {
    const { name, limit, windowMs } = policy;
    const { eachMs, mostMs, usedMs } = this.#count(subject, policy);
    const afterMs = usedMs + cost * eachMs;
    const allowed = afterMs <= mostMs;
    const countedMs = allowed ? afterMs : usedMs;
    return {
      name,
      limit,
      windowMs,
      allowed,
      remaining: Math.floor((mostMs - countedMs) / eachMs),
      retryAfterMs: allowed ? 0 : Math.ceil(afterMs - mostMs),
      resetMs: Math.ceil(countedMs),
    };
  }

  charge(subject: string, policy: EffectivePolicy, cost: number): void {
    const { eachMs, usedMs } = this.#count(subject, policy);
    const key = keyOf(subject, policy);
    this.#usedUntilMs.delete(key);
    const [oldest] = this.#usedUntilMs.keys();
    if (this.#usedUntilMs.size >= mostUsed && oldest !== undefined) this.#usedUntilMs.delete(oldest);
    this.#usedUntilMs.set(key, this.#clock().monotonicMs + usedMs + cost * eachMs);
  }

  #count(subject: string, policy: EffectivePolicy) {
    const { limit, windowMs, burst } = policy;
    const eachMs = (windowMs / limit) * this.#processes;
    const mostMs = Math.max(1, Math.floor(burst / this.#processes)) * eachMs;
    const usedUntilMs = this.#usedUntilMs.get(keyOf(subject, policy)) ?? 0;
    return { eachMs, mostMs, usedMs: Math.max(0, usedUntilMs - this.#clock().monotonicMs) };
  }
}

function keyOf(subject: string, { name }: EffectivePolicy): string {
  return `${name} ${subject}`;
}
