/** Limits as data. */
import { shown } from "../shown";
import { checkWholeNumber } from "../whole-number";

export interface LimitPolicy {
  /** As answers and headers name it: lower-case letters, digits, dashes. */
  readonly name: string;
  /**
   * `gcra`: smooth, `burst` at once and then one each `windowMs / limit`, in whole µs; never more than burst + limit in any window.
   * `sliding`: about `limit` in any window, estimated from two counters.
   * `fixed`: exactly `limit` in a window that begins with the first use; twice that around its end.
   */
  readonly algorithm: "gcra" | "sliding" | "fixed";
  readonly limit: number;
  readonly windowMs: number;
  /** For `gcra` only. @default limit */
  readonly burst?: number;
  /**
   * What to answer while Redis gives no answer: everybody may, nobody may, or each process counts by itself and gives out
   * its share, of which one use may cost no more.
   */
  readonly withoutRedis: "open" | "closed" | "local";
}

/** How much a subject may use, where it differs from the policy: a customer's plan. */
export interface PlannedLimit {
  readonly limit: number;
  /** For `gcra` only, whatever the policy's own burst is. @default limit */
  readonly burst?: number;
}

/** By the name of the policy. */
export type PlannedLimits = Readonly<Record<string, PlannedLimit>>;

/** A policy as it counts for one call. */
export interface EffectivePolicy extends LimitPolicy {
  readonly burst: number;
}

/** What a policy gives out at once at most; a larger cost could never be allowed. */
export function mostAtOnce({ algorithm, limit, burst }: EffectivePolicy): number {
  return algorithm === "gcra" ? burst : limit;
}

/** What decides for a subject that is blocked. */
export const blockedPolicy = "blocked";

/** @throws RangeError that shows the value */
export function checkPolicies(limiter: string, policies: readonly LimitPolicy[]): readonly EffectivePolicy[] {
  if (policies.length === 0) throw new RangeError(`limiter ${limiter} has no policy: give at least one`);
  const names = new Set(policies.map(({ name }) => name));
  if (names.size < policies.length) throw new RangeError(`limiter ${limiter} has two policies of one name`);
  for (const { name, algorithm, withoutRedis } of policies) {
    if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,31}$/.test(name))
      throw new RangeError(`limiter ${limiter} has a policy ${shown(name)}: use lower-case letters, digits and dashes`);
    if (name === blockedPolicy)
      throw new RangeError(`limiter ${limiter} has a policy "${name}": decisions on blocked subjects name it so`);
    checkOneOf(`algorithm of policy ${name}`, algorithm, ["gcra", "sliding", "fixed"]);
    checkOneOf(`withoutRedis of policy ${name}`, withoutRedis, ["open", "closed", "local"]);
  }
  return policies.map((policy) => effective(policy, undefined));
}

function checkOneOf(what: string, value: string, known: readonly string[]): void {
  if (!known.includes(value))
    throw new RangeError(`${what} is ${shown(value)}: give ${known.map((each) => `"${each}"`).join(", ")}`);
}

/** The policies with a plan's numbers. Throws a RangeError, or a TypeError, that shows the value, also for a policy that isn't there. */
export function planned(policies: readonly EffectivePolicy[], limits: PlannedLimits): readonly EffectivePolicy[] {
  checkObject("limits", limits);
  for (const name of Object.keys(limits)) {
    if (!policies.some((policy) => policy.name === name))
      throw new RangeError(
        `there is no policy ${name} to give another limit: ${policies.map((p) => p.name).join(", ")}`,
      );
    if (limits[name] !== undefined) checkObject(`limits.${name}`, limits[name]);
  }
  return policies.map((policy) => effective(policy, limits[policy.name]));
}

/** Plans come from databases, too. */
function checkObject(what: string, value: unknown): void {
  if (typeof value !== "object" || value === null)
    throw new TypeError(`${what} is ${shown(value)}: give an object, by the policies' names as { limit }`);
}

function effective(policy: LimitPolicy, plan: PlannedLimit | undefined): EffectivePolicy {
  const { name, algorithm, windowMs } = policy;
  const { limit } = plan ?? policy;
  const burst = (plan === undefined ? policy.burst : plan.burst) ?? limit;
  for (const [field, value] of Object.entries({ limit, windowMs, burst }))
    checkWholeNumber(`${field} of policy ${name}`, value, 1);
  if (burst !== limit && algorithm !== "gcra")
    throw new RangeError(`burst of policy ${name} is ${burst}: only gcra has one`);
  // The script counts in whole microseconds, in numbers that are exact up to 2^53.
  if (limit > windowMs * 1_000)
    throw new RangeError(`limit of policy ${name} is ${limit} in ${windowMs} ms: give at most one each microsecond`);
  if (Math.max(limit, burst) * Math.ceil((windowMs * 1_000) / limit) > 2 ** 52)
    throw new RangeError(`burst of policy ${name} is ${burst}: it would take more than a hundred years to come back`);
  return { ...policy, limit, burst };
}
