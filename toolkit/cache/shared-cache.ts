import { checkWholeNumber, longestTimerMs } from "../whole-number";
import { BatchedReads } from "../redis/batched-reads";
import { ConfirmedWrites, type Replicated } from "../redis/confirmed-writes";
import type { RedisClient } from "../redis/connect";
import { guardOf } from "../redis/guard";
import { collectionSlot } from "../redis/keys";
import { replicatedBy } from "../redis/safety";
import { BatchedHandOns } from "./batched-hand-ons";
import type { CacheEvent } from "./cache-event";
import { Collection } from "./collection";
import type { CollectionContext, CollectionOptions } from "./collection-options";
import type { DueValue } from "./due-value";
import { endless, type Invocation } from "./invocation";
import { LoadSlots } from "./load-slots";
import { type Clock, systemClock } from "../clock/moment";
import { type CollectionStats, Telemetry } from "./telemetry";

export interface SharedCacheOptions {
  /** From `connectRedis`, or any ioredis `Redis` or `Cluster`. */
  readonly redis: RedisClient;
  /** What each process keeps of a collection itself. */
  readonly near?: NearOptions;
  /** How long a command may take before the reader goes to the source. @default 45 - so that it costs less than 50 */
  readonly deadlineMs?: number;
  /**
   * How many loads this process may have under way, so that a lost Redis doesn't cost the source its life. One more is
   * refused. @default 64
   */
  readonly maxConcurrentLoads?: number;
  /**
   * When a change counts as done: once the primary has it, or once so many replicas have it, too. Only then does a failover
   * bring no old value back; and with a replica down no change succeeds. @default "best-effort" - the primary's word
   */
  readonly safety?: "best-effort" | Replicated;
  /** The invocation of the function that this process serves. @default - a process that runs on */
  readonly invocation?: Invocation;
  /**
   * Takes values that are due, for a queue say, so that this process needn't load them behind its answers: all of one tick in
   * one call. Whoever gets them calls `refresh` of their collection, before `staleMs` are over. Until then the old value is
   * served; if nothing comes of it, a reader hands it on again after 10 seconds, and at its hard expiry one loads. Only what
   * is served past its lifetime is handed on (`staleMs`). If it rejects, or takes more than a second, this process loads
   * after all. @default - this process loads
   */
  readonly refreshLater?: (values: readonly DueValue[]) => Promise<unknown>;
  /**
   * Told of every lookup, wait and load, and of every command that brought no answer. What it throws, or rejects with, is
   * dropped. @default - nobody is told
   */
  readonly onEvent?: (event: CacheEvent) => void;
  /** @default - the system's clocks */
  readonly clock?: Clock;
  /** From 0 to below 1, for what is left to chance: lifetimes and early refreshes. @default Math.random */
  readonly random?: () => number;
}

export interface NearOptions {
  /** The encoded size of what is kept of one collection. @default 16777216 - 16 MiB */
  readonly maxBytes?: number;
  /** How long after an invalidation a process may serve what it has. 0: it asks Redis at each call. @default 500 */
  readonly maxStalenessMs?: number;
}

const usualMaxConcurrentLoads = 64;

/** A cache in Redis that many processes share; its values lie in named collections. */
export class SharedCache {
  readonly #context: Omit<CollectionContext, "name" | "slot" | "emit" | "answered">;
  readonly #onEvent: ((event: CacheEvent) => void) | undefined;
  readonly #stats = new Map<string, () => CollectionStats>();

  constructor(options: SharedCacheOptions) {
    const { redis, near = {}, deadlineMs = 45, maxConcurrentLoads = usualMaxConcurrentLoads } = options;
    const { safety = "best-effort", refreshLater } = options;
    const { maxBytes = 16 * 1024 * 1024, maxStalenessMs = 500 } = near;
    for (const [name, least, number] of [
      ["maxConcurrentLoads", 1, maxConcurrentLoads],
      ["near.maxBytes", 0, maxBytes],
      ["near.maxStalenessMs", 0, maxStalenessMs],
    ] as const)
      checkWholeNumber(name, number, least);
    checkWholeNumber("deadlineMs", deadlineMs, 1, longestTimerMs);
    const replicated = replicatedBy(safety);
    for (const client of replicated === undefined ? [redis] : [redis, replicated.connection])
      if ("slots" in client && (client.options.scaleReads ?? "master") !== "master")
        throw new TypeError("the cluster client reads from replicas, which may be behind: leave out scaleReads");
    const guard = guardOf(redis);
    this.#onEvent = options.onEvent;
    this.#context = {
      guard,
      reads: new BatchedReads(guard, deadlineMs),
      writes: new ConfirmedWrites(guard, replicated),
      deadlineMs,
      maxBytes,
      maxStalenessMs,
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
      invocation: options.invocation ?? endless,
      loadSlots: new LoadSlots(maxConcurrentLoads),
      handOns: refreshLater && new BatchedHandOns(refreshLater),
    };
  }

  /**
   * The collection called `name`. Processes that use the same name share its values, so it must mean the same to all.
   *
   * @throws RangeError when a time isn't a whole number of milliseconds
   * @throws TypeError when this cache has the collection already, for a name that can't be, or without a `load`
   */
  collection<T>(name: string, options: CollectionOptions<T>): Collection<T> {
    if (this.#stats.has(name)) throw new TypeError(`this cache has a collection ${name} already: share that one`);
    const { counts, emit, answered } = new Telemetry(name, this.#onEvent);
    const slot = collectionSlot(name);
    const collection = new Collection<T>({ ...this.#context, name, slot, emit, answered }, options);
    this.#stats.set(name, () => ({ ...counts, ...collection.kept }));
    return collection;
  }

  /** What happened to each collection in this process since it began. */
  stats(): Record<string, CollectionStats> {
    return Object.fromEntries([...this.#stats].map(([name, stats]) => [name, stats()]));
  }
}
