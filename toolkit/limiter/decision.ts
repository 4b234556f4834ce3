import { blockedPolicy, type EffectivePolicy } from "./policy";

/** How a subject stands with one policy. */
export interface PolicyState {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /** Whether the cost fitted this policy. */
  readonly allowed: boolean;
  /** What could be used now; after `consume`, what is left. */
  readonly remaining: number;
  /** Until the cost would fit; 0 if it does. */
  readonly retryAfterMs: number;
  /** Until everything is back, if nothing more is used. */
  readonly resetMs: number;
}

/** What was charged, for `refund`. */
export interface Charge {
  readonly id: string;
  readonly cost: number;
  readonly policies: readonly EffectivePolicy[];
  /** One for each policy; by it Redis knows what of the charge still counts. 0: its first answer was lost, and it can't be refunded. */
  readonly marks: readonly number[];
}

/** @throws TypeError for what can't be one, a whole decision, say */
export function checkCharge(charge: Partial<Charge>): void {
  if (typeof charge.id !== "string" || !Array.isArray(charge.policies) || !Array.isArray(charge.marks))
    throw new TypeError("there is no such charge: give decision.charge as it is");
}

export interface Decision {
  readonly allowed: boolean;
  /** The one that decides: that has the least left, or, if denied, that takes longest. `blocked` while the subject is. */
  readonly policy: string;
  readonly remaining: number;
  /** When to try again; 0 if allowed. */
  readonly retryAfterMs: number;
  readonly resetMs: number;
  /** Redis gave no answer: each policy did what its `withoutRedis` says, and nothing was counted in Redis. */
  readonly degraded: boolean;
  readonly policies: readonly PolicyState[];
  /** What was charged in Redis; `undefined` if nothing was. */
  readonly charge: Charge | undefined;
}

interface Verdict extends Pick<Decision, "allowed" | "charge"> {
  readonly states: readonly PolicyState[];
  readonly blockedMs?: number;
  readonly degraded?: boolean;
}

/** Sums up what the policies say. */
export function decide({ allowed, states, blockedMs = 0, degraded = false, charge }: Verdict): Decision {
  const deciding = states.reduce((one, other) => (decidesMore(other, one) ? other : one));
  const isBlocked = blockedMs > deciding.retryAfterMs;
  return {
    allowed,
    policy: isBlocked ? blockedPolicy : deciding.name,
    remaining: isBlocked ? 0 : deciding.remaining,
    retryAfterMs: Math.max(deciding.retryAfterMs, blockedMs),
    resetMs: Math.max(blockedMs, ...states.map(({ resetMs }) => resetMs)),
    degraded,
    policies: states,
    charge: allowed ? charge : undefined,
  };
}

function decidesMore(one: PolicyState, other: PolicyState): boolean {
  return one.retryAfterMs === other.retryAfterMs
    ? one.remaining < other.remaining
    : one.retryAfterMs > other.retryAfterMs;
}
