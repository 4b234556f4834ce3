import type { UnavailableReason } from "../redis/unavailable";

/**
 * Where an answer came from: this process' `near` cache, `redis`, a `load` from the source, or `bypass`: from the source,
 * past Redis, which gave no answer. `stale`: an older value, which is being loaded anew or couldn't be.
 */
export type Tier = "near" | "redis" | "stale" | "load" | "bypass";

/** What came of a load. `late`: past its deadline; `rejected`: too many were under way. */
export type LoadOutcome = "loaded" | "missing" | "not-modified" | "failed" | "late" | "rejected";

export type CacheEvent =
  | { readonly type: "lookup"; readonly collection: string; readonly tier: Tier }
  /** Another caller in the fleet is loading the value, and this one waits for it. */
  | { readonly type: "wait"; readonly collection: string }
  /** One for each call of `load` or `loadMany`. */
  | {
      readonly type: "load";
      readonly collection: string;
      readonly outcome: LoadOutcome;
      readonly ms: number;
      /** Nobody waited for it. */
      readonly background: boolean;
    }
  /** A value was thrown out of the near cache to make room. */
  | { readonly type: "evict"; readonly collection: string }
  | {
      readonly type: "unavailable";
      readonly collection: string;
      readonly operation: string;
      readonly reason: UnavailableReason;
      /** Why: a `RedisUnavailableError`, whose `cause` may say more, or what Redis refused it by. */
      readonly error: Error;
    };
