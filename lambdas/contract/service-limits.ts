/** What a service asks of limits over HTTP, and what it is answered. */
import * as z from "zod/mini";
import { type ServiceLimit, serviceLimits } from "./limits";
import { wellFormed } from "./text";
import { wholeNumber } from "./whole-number";

const names = Object.keys(serviceLimits).filter((name): name is ServiceLimit => name in serviceLimits);

const ServiceLimitName = z.enum(names);

/** Whoever is limited: a customer, a key, an address. No more than that is known of it. */
const LimitSubject = z.string().check(z.minLength(1), z.maxLength(200), wellFormed);

const cost = z.int().check(z.minimum(1));

export const LimitPath = z.object({ policy: ServiceLimitName });

export const LimitSubjectPath = z.object({ policy: ServiceLimitName, subject: LimitSubject });

export const LimitUse = z.strictObject({ subject: LimitSubject, cost: z._default(cost, 1) });

export const LimitQuery = z.strictObject({ cost: z._default(wholeNumber(999_999), 1) });

export const LimitDecision = z.object({
  allowed: z.boolean(),
  policy: z.string(),
  remaining: z.int(),
  retryAfterMs: z.int(),
  resetMs: z.int(),
  /** Decided without Redis, as the policy says. */
  degraded: z.boolean(),
});
export type LimitDecision = z.infer<typeof LimitDecision>;
