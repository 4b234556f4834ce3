import type { Clock } from "../clock/moment";
import type { RedisClient } from "../redis/connect";
import type { UnavailableReason } from "../redis/unavailable";
import type { LimitPolicy, PlannedLimits } from "./policy";

export interface RateLimiterOptions {
  /** From `connectRedis`, to the Redis that holds state: where it evicts, limits are forgotten. */
  readonly redis: RedisClient;
  /** What the limiter counts; processes that use the same name share it. */
  readonly name: string;
  /** All of them must allow a use. */
  readonly policies: readonly LimitPolicy[];
  /** How long Redis may take before each policy does what its `withoutRedis` says. @default 45 */
  readonly deadlineMs?: number;
  /** Among how many processes `withoutRedis: "local"` divides a limit. @default 1 */
  readonly processes?: number;
  /**
   * Told of each decision, and of commands that brought no answer. What it throws, or rejects with, is dropped.
   * @default - nobody is told
   */
  readonly onEvent?: (event: LimiterEvent) => void;
  /** This process' clocks. @default - the system's */
  readonly clock?: Clock;
  /** Redis' time in µs, where a test gives it. @default - Redis' own */
  readonly redisTimeUs?: () => number;
}

export type LimiterEvent =
  | {
      readonly type: "decision";
      readonly limiter: string;
      /** The one that decided. */
      readonly policy: string;
      readonly allowed: boolean;
      readonly degraded: boolean;
    }
  | {
      readonly type: "unavailable";
      readonly limiter: string;
      readonly operation: string;
      readonly reason: UnavailableReason | "failed";
      /** Why: a `RedisUnavailableError`, whose `cause` may say more, or what Redis refused it by. */
      readonly error: Error;
    };

export interface UseOptions {
  /** A whole number of at least 1. @default 1 */
  readonly cost?: number | undefined;
  /** The subject's plan, where it differs from the policies. @default - the policies' own limits */
  readonly limits?: PlannedLimits;
}
