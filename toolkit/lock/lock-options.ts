import type { Invocation } from "../cache/invocation";
import type { Clock } from "../clock/moment";
import type { Replicated } from "../redis/confirmed-writes";
import type { RedisClient } from "../redis/connect";
import type { UnavailableReason } from "../redis/unavailable";
import { checkWholeNumber } from "../whole-number";

export interface LocksOptions {
  /** From `connectRedis`, or any ioredis `Redis` or `Cluster`. Of a Redis that evicts nothing. */
  readonly redis: RedisClient;
  /**
   * When a lease counts: once the primary has it, or once so many replicas have it, too. Only then is it still there after a
   * failover. Renewals as well. @default "best-effort" - the primary's word
   */
  readonly safety?: "best-effort" | Replicated;
  /**
   * How long Redis may take to answer, the wait for a connection included, and another attempt if it was lost under way.
   * @default 500
   */
  readonly deadlineMs?: number;
  /** No lease and no wait lasts longer than it. @default - none: the process runs on */
  readonly invocation?: Pick<Invocation, "remainingMs">;
  /**
   * Told of what came of each `acquire`, of leases that were lost, and of commands that brought no answer. What it throws, or
   * rejects with, is dropped. @default - nobody is told
   */
  readonly onEvent?: (event: LockEvent) => void;
  /** This process' clocks. @default - the system's */
  readonly clock?: Clock;
}

export type LockEvent =
  | {
      readonly type: "acquire";
      readonly lock: string;
      readonly outcome: "acquired" | NotAcquiredReason;
      readonly waitedMs: number;
    }
  | { readonly type: "lost"; readonly lock: string }
  | {
      readonly type: "unavailable";
      readonly lock: string;
      readonly operation: string;
      readonly reason: UnavailableReason | "failed";
    };

/**
 * Why not: another one has the lock (`held`); too few replicas confirmed it in time, and it was given back (`unreplicated`); the
 * answer came too late to be of use, or the invocation is about to end, and it was given back (`late`); this `holder` has had
 * its lease, and it is over (`ended`).
 */
export type NotAcquiredReason = "held" | "unreplicated" | "late" | "ended";

export interface AcquireOptions {
  /** How long the lock is had if it is neither renewed nor released: at least 10, at most a day. */
  readonly leaseMs: number;
  /** How long to wait for those who are before. @default 0 - not at all */
  readonly waitMs?: number;
  /**
   * A name for this acquisition alone: asked again with the same one, it is the same lease. Never use it for another. @default -
   * random
   */
  readonly holder?: string;
}

const leastLeaseMs = 10;
const mostMs = 86_400_000;
const longestHolder = 128;

export function checkLeaseMs(leaseMs: number): void {
  checkWholeNumber("leaseMs", leaseMs, leastLeaseMs, mostMs);
}

/** @throws RangeError or TypeError that shows the value */
export function checkAcquire({ leaseMs, waitMs = 0, holder }: AcquireOptions): void {
  checkLeaseMs(leaseMs);
  checkWholeNumber("waitMs", waitMs, 0, mostMs);
  if (holder === undefined) return;
  if (!/^[\x21-\x7e]+$/.test(holder) || holder.length > longestHolder)
    throw new TypeError(
      `holder is ${JSON.stringify(holder)}: give 1 to ${longestHolder} visible ASCII characters, new ones for each acquisition`,
    );
}
