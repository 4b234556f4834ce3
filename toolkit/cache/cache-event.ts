import type { UnavailableReason } from "../redis/unavailable";

/**
 * Where an answer came from: this process' `near` cache, `redis`, a `load` from the source, or `bypass`: from the source,
 * because Redis gave no answer.
 */
export type Tier = "near" | "redis" | "load" | "bypass";

export type CacheEvent =
  | { readonly type: "lookup"; readonly collection: string; readonly tier: Tier }
  /** Another caller in the fleet is loading the value, and this one waits for it. */
  | { readonly type: "wait"; readonly collection: string }
  | {
      readonly type: "unavailable";
      readonly collection: string;
      readonly operation: string;
      readonly reason: UnavailableReason;
    };
