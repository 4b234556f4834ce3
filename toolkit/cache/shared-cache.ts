import { BatchedReads } from "../redis/batched-reads";
import type { RedisClient } from "../redis/connect";
import { guardOf } from "../redis/guard";
import { type CacheEvent, Collection, type CollectionContext, type CollectionOptions } from "./collection";

export interface SharedCacheOptions {
  /** From `connectRedis`, or any ioredis `Redis` or `Cluster`. */
  readonly redis: RedisClient;
  /** How long a command may take before the reader goes to the source. @default 50 */
  readonly deadlineMs?: number;
  /** Told of every lookup and of every command that brought no answer. @default - nobody is told */
  readonly onEvent?: (event: CacheEvent) => void;
}

/** A cache in Redis that many processes share; its values lie in named collections. */
export class SharedCache {
  readonly #context: Omit<CollectionContext, "name">;

  constructor({ redis, deadlineMs = 50, onEvent = () => undefined }: SharedCacheOptions) {
    const guard = guardOf(redis);
    this.#context = { guard, deadlineMs, reads: new BatchedReads(guard, deadlineMs), emit: onEvent };
  }

  /**
   * The collection called `name`. Processes that use the same name share its values, so it must mean the same to all.
   *
   * @throws RangeError when the lifetime isn't a whole number of at least 1 ms
   */
  collection<T>(name: string, options: CollectionOptions<T>): Collection<T> {
    return new Collection<T>({ ...this.#context, name }, options);
  }
}
