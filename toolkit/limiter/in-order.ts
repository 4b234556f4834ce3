import { decide, type Decision } from "./decision";
import type { UseOptions } from "./limiter-options";
import type { RateLimiter } from "./rate-limiter";

export interface Claim extends UseOptions {
  readonly limiter: RateLimiter;
  readonly subject: string;
}

/**
 * Several subjects of one request, a user and an address, say: in order, until one is denied; then the others are given back
 * what they were charged. They lie in different slots, so no script could do it at once: for a moment a denied request
 * counts against those before.
 */
export async function consumeInOrder(claims: readonly Claim[]): Promise<Decision> {
  const charged: (() => Promise<void>)[] = [];
  const decisions: Decision[] = [];
  for (const { limiter, subject, ...options } of claims) {
    const decision = await limiter.consume(subject, options);
    decisions.push(decision);
    if (!decision.allowed) {
      // Without an answer it stays charged: too much is counted then, never too little.
      await Promise.allSettled(charged.map((giveBack) => giveBack()));
      return decision;
    }
    const { charge } = decision;
    if (charge !== undefined) charged.push(() => limiter.refund(subject, charge));
  }
  return decide({
    allowed: true,
    states: decisions.flatMap(({ policies }) => policies),
    degraded: decisions.some(({ degraded }) => degraded),
    charge: undefined,
  });
}
