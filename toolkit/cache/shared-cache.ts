import { BatchedReads } from "../redis/batched-reads";
import type { RedisClient } from "../redis/connect";
import { guardOf } from "../redis/guard";
import { collectionSlot } from "../redis/keys";
import type { CacheEvent } from "./cache-event";
import { Collection } from "./collection";
import type { CollectionContext, CollectionOptions } from "./collection-options";
import { type Clock, systemClock } from "./moment";

export interface SharedCacheOptions {
  /** From `connectRedis`, or any ioredis `Redis` or `Cluster`. */
  readonly redis: RedisClient;
  /** What each process keeps of a collection itself. */
  readonly near?: NearOptions;
  /** How long a command may take before the reader goes to the source. @default 50 */
  readonly deadlineMs?: number;
  /** Told of every lookup and of every command that brought no answer. @default - nobody is told */
  readonly onEvent?: (event: CacheEvent) => void;
  /** @default - the system's clocks */
  readonly clock?: Clock;
}

export interface NearOptions {
  /** The encoded size of what is kept of one collection. @default 16777216 - 16 MiB */
  readonly maxBytes?: number;
  /** How long after an invalidation a process may serve what it has. 0: it asks Redis at each call. @default 500 */
  readonly maxStalenessMs?: number;
}

/** A cache in Redis that many processes share; its values lie in named collections. */
export class SharedCache {
  readonly #context: Omit<CollectionContext, "name" | "slot">;

  constructor({ redis, near, deadlineMs = 50, onEvent = () => undefined, clock = systemClock }: SharedCacheOptions) {
    const { maxBytes = 16 * 1024 * 1024, maxStalenessMs = 500 } = near ?? {};
    const guard = guardOf(redis);
    const reads = new BatchedReads(guard, deadlineMs);
    const emit = (event: CacheEvent) => {
      try {
        onEvent(event);
      } catch {
        // A listener's fault must not fail the reader.
      }
    };
    this.#context = { guard, reads, deadlineMs, maxBytes, maxStalenessMs, clock, emit };
  }

  /**
   * The collection called `name`. Processes that use the same name share its values, so it must mean the same to all.
   *
   * @throws RangeError when a lifetime isn't a whole number of at least 1 ms
   */
  collection<T>(name: string, options: CollectionOptions<T>): Collection<T> {
    return new Collection<T>({ ...this.#context, name, slot: collectionSlot(name) }, options);
  }
}
