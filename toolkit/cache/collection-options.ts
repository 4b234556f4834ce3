import { checkFunction, checkOptionalFunction } from "../given-function";
import { checkWholeNumber } from "../whole-number";
import type { BatchedReads } from "../redis/batched-reads";
import type { ConfirmedWrites } from "../redis/confirmed-writes";
import type { Guard } from "../redis/guard";
import type { CollectionSlot } from "../redis/keys";
import type { BatchedHandOns } from "./batched-hand-ons";
import type { CacheEvent, Tier } from "./cache-event";
import type { Invocation } from "./invocation";
import type { LoadResult, WithTtl } from "./load-result";
import type { LoadSlots } from "./load-slots";
import type { Clock } from "../clock/moment";

export interface Lookup<T> {
  /** `undefined` when the source has no such thing. Frozen: callers share it. */
  readonly value: T | undefined;
  readonly tier: Tier;
}

export interface LoadOptions<T> {
  /** The value as it was, if one is known: for a source that can tell whether it has changed since. */
  readonly previous: T | undefined;
  /** Aborted when the load is late; a source that goes on nevertheless keeps its place among the concurrent loads. */
  readonly signal: AbortSignal;
}

export interface CollectionOptions<T> {
  /** How long a value is fresh after it was loaded. Up to a tenth less is taken, at random. A whole number of milliseconds, at least 1. */
  readonly ttlMs: number;
  /** How long it may be said that there is no such thing. @default ttlMs, at most 10 seconds */
  readonly missingTtlMs?: number;
  /** How long after that the old value may be served while one caller of the whole fleet loads it anew. @default 0 */
  readonly staleMs?: number;
  /**
   * Reads one value from the source; `undefined` for one that isn't there. It may answer `withTtl(value, ttlMs)`, or
   * `notModified` if it was given a `previous` value.
   */
  readonly load: (id: string, options: LoadOptions<T>) => Promise<LoadResult<T>>;
  /** Reads several at once, for `getMany`, into a Map by ids, which are strings; what isn't there is left out. @default - `getMany` can't be used */
  readonly loadMany?: (
    ids: readonly string[],
    options: Pick<LoadOptions<T>, "signal">,
  ) => Promise<ReadonlyMap<string, T | WithTtl<T>>>;
  /** How long a load may take, and how long the others wait for it. At most a minute. @default 5000 */
  readonly loadDeadlineMs?: number;
  /**
   * The number of what its values look like. Raise it when a release reads another thing from them than the one before: while
   * both run, each takes the other's values for missing, and still hears of the other's changes. A whole number, at least 1.
   * @default 1
   */
  readonly shape?: number;
  /** What a value belongs to, for `invalidateTags`. A load whose tags aren't an array of strings fails. @default - nothing */
  readonly tags?: (value: T, id: string) => readonly string[];
  /**
   * Answer a failed load with what this process still keeps of the value, until its hard expiry: what nothing proves to be
   * fresh while Redis is away, and what `invalidateTags` and `invalidateAll` have outdated. A value that was invalidated by
   * its id isn't kept once this process has heard of it. The one way to be served what was invalidated before. @default false
   */
  readonly staleIfError?: boolean;
}

export interface CollectionContext {
  readonly name: string;
  readonly slot: CollectionSlot;
  readonly guard: Guard;
  readonly reads: BatchedReads;
  readonly writes: ConfirmedWrites;
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly maxStalenessMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly invocation: Invocation;
  readonly loadSlots: LoadSlots;
  readonly handOns: BatchedHandOns | undefined;
  readonly emit: (event: Exclude<CacheEvent, { readonly type: "lookup" }>) => void;
  /** Tells of a lookup that was answered. */
  readonly answered: (tier: Tier) => void;
}

const longestMissingTtlMs = 10_000;
const usualLoadDeadlineMs = 5_000;
const longestLoadDeadlineMs = 60_000;

export type CheckedOptions<T> = CollectionOptions<T> &
  Required<Pick<CollectionOptions<T>, "missingTtlMs" | "staleMs" | "loadDeadlineMs" | "shape">>;

/** With the defaults filled in. Throws a RangeError or TypeError that shows the value. */
export function checkOptions<T>(collection: string, options: CollectionOptions<T>): CheckedOptions<T> {
  checkFunctions(collection, options);
  const { ttlMs, missingTtlMs = Math.min(ttlMs, longestMissingTtlMs) } = options;
  const { staleMs = 0, loadDeadlineMs = usualLoadDeadlineMs, shape = 1 } = options;
  for (const [name, ms] of Object.entries({ ttlMs, missingTtlMs, loadDeadlineMs }))
    checkWholeNumber(`${name} of collection ${collection}`, ms, 1);
  checkWholeNumber(`shape of collection ${collection}`, shape, 1);
  checkWholeNumber(`staleMs of collection ${collection}`, staleMs, 0);
  if (loadDeadlineMs > longestLoadDeadlineMs)
    throw new RangeError(
      `loadDeadlineMs of collection ${collection} is ${loadDeadlineMs}: give at most ${longestLoadDeadlineMs}, as others wait that long for a dead loader`,
    );
  return { ...options, missingTtlMs, staleMs, loadDeadlineMs, shape };
}

function checkFunctions<T>(collection: string, { load, loadMany, tags }: CollectionOptions<T>): void {
  checkFunction(`load of collection ${collection}`, load);
  for (const [name, value] of Object.entries({ loadMany, tags }))
    checkOptionalFunction(`${name} of collection ${collection}`, value);
}
