import type { BatchedReads } from "../redis/batched-reads";
import type { Guard } from "../redis/guard";
import type { CollectionSlot } from "../redis/keys";
import type { CacheEvent, Tier } from "./cache-event";
import type { Clock } from "./moment";

export interface Lookup<T> {
  /** `undefined` when the source has no such thing. Frozen: callers share it. */
  readonly value: T | undefined;
  readonly tier: Tier;
}

export interface CollectionOptions<T> {
  /** How long a value may be served after it was loaded. A whole number of milliseconds, at least 1. */
  readonly ttlMs: number;
  /** How long it may be said that there is no such thing. @default ttlMs, at most 10 seconds */
  readonly missingTtlMs?: number;
  /** Reads one value from the source; `undefined` for one that isn't there. */
  readonly load: (id: string) => Promise<T | undefined>;
  /** What a value belongs to, for `invalidateTags`. @default - nothing */
  readonly tags?: (value: T) => readonly string[];
}

export interface CollectionContext {
  readonly name: string;
  readonly slot: CollectionSlot;
  readonly guard: Guard;
  readonly reads: BatchedReads;
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly maxStalenessMs: number;
  readonly clock: Clock;
  readonly emit: (event: CacheEvent) => void;
}
