import { type Guard } from "../redis/guard";
import { entryKey } from "../redis/keys";
import { RedisUnavailableError, type UnavailableReason } from "../redis/unavailable";
import { decodeFrame, encodeFrame } from "./frame";

/** Where an answer came from: `redis`, or `load` from the source, or `bypass`: from the source because Redis gave no answer. */
export type Tier = "redis" | "load" | "bypass";

export interface Lookup<T> {
  /** `undefined` when the source has no such thing. */
  readonly value: T | undefined;
  readonly tier: Tier;
}

export interface CollectionOptions<T> {
  /** How long a value may be served after it was loaded. A whole number of milliseconds, at least 1. */
  readonly ttlMs: number;
  /** Reads one value from the source; `undefined` for one that isn't there, which isn't cached. */
  readonly load: (id: string) => Promise<T | undefined>;
}

export type CacheEvent =
  | { readonly type: "lookup"; readonly collection: string; readonly tier: Tier }
  | {
      readonly type: "unavailable";
      readonly collection: string;
      readonly operation: string;
      readonly reason: UnavailableReason;
    };

export interface CollectionContext {
  readonly name: string;
  readonly guard: Guard;
  readonly deadlineMs: number;
  readonly emit: (event: CacheEvent) => void;
}

/** The cached values of one kind, each under an id, all with one source and one lifetime. */
export class Collection<T> {
  readonly #context: CollectionContext;
  readonly #options: CollectionOptions<T>;
  /** That a frame holds a `T` is the word of the collection's name and of the frame's format. */
  readonly #parse: (json: string) => T = JSON.parse;

  constructor(context: CollectionContext, options: CollectionOptions<T>) {
    if (!Number.isSafeInteger(options.ttlMs) || options.ttlMs < 1)
      throw new RangeError(
        `ttlMs of collection ${context.name} is ${options.ttlMs}: give a whole number of at least 1`,
      );
    this.#context = context;
    this.#options = options;
  }

  /** The value under `id`, from Redis or else from the source. See `lookup`. */
  async get(id: string): Promise<T | undefined> {
    return (await this.lookup(id)).value;
  }

  /**
   * The value under `id`, and where it came from. It is what JSON makes of the loaded one, on a hit and on a load alike.
   *
   * Redis down, slow or full: the source answers. It rejects only as `load` does.
   */
  async lookup(id: string): Promise<Lookup<T>> {
    const found = await this.#find(id);
    if (found.state === "fresh") return this.#answer({ value: found.value, tier: "redis" });

    const loaded = await this.#options.load(id);
    const tier = found.state === "missing" ? "load" : "bypass";
    if (loaded === undefined) return this.#answer({ value: undefined, tier });
    const frame = encodeFrame(loaded);
    if (found.state === "missing") await this.#store(id, frame);
    return this.#answer({ value: decodeFrame(frame, this.#parse), tier });
  }

  /**
   * Removes one or more values, so that the next `get` loads anew. Call it after the source has changed.
   *
   * @throws RedisUnavailableError when Redis didn't confirm: the old value may stay to its end, so call again
   */
  async invalidate(ids: string | readonly string[]): Promise<void> {
    const { name, guard, deadlineMs } = this.#context;
    const keys = (typeof ids === "string" ? [ids] : ids).map((id) => entryKey(name, id));
    // One command for each key: in a cluster they lie in different slots.
    await guard.run("invalidate", deadlineMs, (client) => Promise.all(keys.map((key) => client.unlink(key))));
  }

  async #find(id: string): Promise<{ state: "fresh"; value: T | undefined } | { state: "missing" | "unavailable" }> {
    const { name, guard, deadlineMs } = this.#context;
    const key = entryKey(name, id);
    try {
      const frame = await guard.run("get", deadlineMs, (client) => client.get(key));
      const value = frame === null ? undefined : decodeFrame(frame, this.#parse);
      return value === undefined ? { state: "missing" } : { state: "fresh", value };
    } catch (error) {
      this.#report("get", error);
      return { state: "unavailable" };
    }
  }

  /** Stores a loaded value; that it couldn't costs the next reader a load and this one nothing. */
  async #store(id: string, frame: string): Promise<void> {
    const { name, guard, deadlineMs } = this.#context;
    const key = entryKey(name, id);
    try {
      await guard.run("set", deadlineMs, (client) => client.set(key, frame, "PX", this.#options.ttlMs));
    } catch (error) {
      this.#report("set", error);
    }
  }

  #answer(lookup: Lookup<T>): Lookup<T> {
    this.#context.emit({ type: "lookup", collection: this.#context.name, tier: lookup.tier });
    return lookup;
  }

  /** A reply that is an error, such as OOM from a full Redis, is a fault of the cache too: it must not fail the reader. */
  #report(operation: string, error: unknown): void {
    const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
    this.#context.emit({ type: "unavailable", collection: this.#context.name, operation, reason });
  }
}
