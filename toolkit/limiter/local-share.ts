import type { Clock } from "../clock/moment";
import type { PolicyState } from "./decision";
import type { EffectivePolicy } from "./policy";

const mostUsed = 10_000;

/** One use of a share takes `eachMs` to come back, and no more than `mostMs` may be used. */
interface Count {
  readonly eachMs: number;
  readonly mostMs: number;
  readonly usedMs: number;
}

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

  /** How a subject stands, and whether `cost` would fit. */
  state(subject: string, policy: EffectivePolicy, cost: number): PolicyState {
    const { name, limit, windowMs } = policy;
    const count = this.#count(subject, policy);
    const overMs = count.usedMs + cost * count.eachMs - count.mostMs;
    const retryAfterMs = Math.max(0, Math.ceil(overMs));
    return { name, limit, windowMs, allowed: overMs <= 0, retryAfterMs, ...leftOf(count) };
  }

  /** What fits. Returns what is left then. */
  charge(subject: string, policy: EffectivePolicy, cost: number) {
    const count = this.#count(subject, policy);
    const usedMs = count.usedMs + cost * count.eachMs;
    const key = keyOf(subject, policy);
    this.#usedUntilMs.delete(key);
    const [oldest] = this.#usedUntilMs.keys();
    if (this.#usedUntilMs.size >= mostUsed && oldest !== undefined) this.#usedUntilMs.delete(oldest);
    this.#usedUntilMs.set(key, this.#clock().monotonicMs + usedMs);
    return leftOf({ ...count, usedMs });
  }

  #count(subject: string, policy: EffectivePolicy): Count {
    const { limit, windowMs, burst } = policy;
    const eachMs = (windowMs / limit) * this.#processes;
    const mostMs = Math.max(1, Math.floor(burst / this.#processes)) * eachMs;
    const usedUntilMs = this.#usedUntilMs.get(keyOf(subject, policy)) ?? 0;
    return { eachMs, mostMs, usedMs: Math.max(0, usedUntilMs - this.#clock().monotonicMs) };
  }
}

function leftOf({ eachMs, mostMs, usedMs }: Count): Pick<PolicyState, "remaining" | "resetMs"> {
  return { remaining: Math.max(0, Math.floor((mostMs - usedMs) / eachMs)), resetMs: Math.ceil(usedMs) };
}

function keyOf(subject: string, { name }: EffectivePolicy): string {
  return `${name} ${subject}`;
}
