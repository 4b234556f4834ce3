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
 *
 * @throws RangeError without any claim, and what `consume` throws
 */
export async function consumeInOrder(claims: readonly Claim[]): Promise<Decision> {
  if (claims.length === 0) throw new RangeError("there is no claim: give at least one");
  const charged: (() => Promise<void>)[] = [];
  // Without an answer it stays charged: too much is counted then, never too little.
  const giveBack = () => Promise.allSettled(charged.map((each) => each()));
  const decisions: Decision[] = [];
  try {
    for (const { limiter, subject, ...options } of claims) {
      const decision = await limiter.consume(subject, options);
      decisions.push(decision);
      if (!decision.allowed) {
        await giveBack();
        return decision;
      }
      const { charge } = decision;
      if (charge !== undefined) charged.push(() => limiter.refund(subject, charge));
    }
  } catch (error) {
    await giveBack();
    throw error;
  }
  return decide({
    allowed: true,
    states: decisions.flatMap(({ policies }) => policies),
    degraded: decisions.some(({ degraded }) => degraded),
    charge: undefined,
  });
}
