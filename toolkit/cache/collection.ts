import type { CacheEvent } from "./cache-event";
import { everything, hashOf } from "./change";
import { outdateTags, removeEntries } from "./changes";
import type { CollectionContext, CollectionOptions, Lookup } from "./collection-options";
import type { Moment } from "./moment";
import type { NearValue } from "./near-cache";
import { type Flight, ProcessView } from "./process-view";
import { ReadThrough } from "./read-through";

/** The cached values of one kind, each under an id, all with one source and one lifetime. */
export class Collection<T> {
  readonly #context: CollectionContext;
  readonly #view: ProcessView<T>;
  readonly #readThrough: ReadThrough<T>;
  readonly #flights = new Map<string, { readonly flight: Flight; readonly lookup: Promise<Lookup<T>> }>();
  readonly #nearLookup: CacheEvent;

  constructor(context: CollectionContext, options: CollectionOptions<T>) {
    for (const [name, ms] of Object.entries({ ttlMs: options.ttlMs, missingTtlMs: options.missingTtlMs ?? 1 }))
      if (!Number.isSafeInteger(ms) || ms < 1)
        throw new RangeError(`${name} of collection ${context.name} is ${ms}: give a whole number of at least 1`);
    this.#context = context;
    this.#view = new ProcessView(context);
    this.#readThrough = new ReadThrough(context, options, this.#view);
    this.#nearLookup = { type: "lookup", collection: context.name, tier: "near" };
  }

  /** The value under `id`, from the nearest place that has it. See `lookup`. */
  async get(id: string): Promise<T | undefined> {
    return (await this.lookup(id)).value;
  }

  /**
   * The value under `id`, and where it came from. It is what JSON makes of the loaded one, on a hit and on a load alike.
   *
   * On a miss one caller in the whole fleet loads; the rest wait for its value. Redis down, slow or full: each goes to the
   * source.
   *
   * @throws LoadFailedError when the load that this call waited for, or one a moment ago, has failed
   * @throws whatever `load` throws, when this call loads
   */
  lookup(id: string): Promise<Lookup<T>> {
    const began = this.#context.clock();
    const hash = hashOf(id);
    const near = this.#nearValue(id, hash, began);
    return near === undefined ? this.#lookupFurther(id, hash, began) : Promise.resolve(this.#nearHit(near));
  }

  /**
   * Removes one or more values from every process. Call it after the source has changed. Resolves when no `get` that begins
   * more than `maxStalenessMs` later, in any process, returns what was loaded before.
   *
   * @throws RedisUnavailableError when Redis didn't confirm: an old value may live to its end, so call again
   */
  async invalidate(ids: string | readonly string[]): Promise<void> {
    const all = [ids].flat();
    await removeEntries(this.#context, all);
    for (const id of all) this.#view.apply({ kind: "entry", hash: hashOf(id) });
  }

  /** Outdates all values that carry one of the tags, however many there are, by one command. As `invalidate`. */
  async invalidateTags(tags: string | readonly string[]): Promise<void> {
    const all = [tags].flat();
    await outdateTags(this.#context, all);
    for (const tag of all) this.#view.apply({ kind: "tag", hash: hashOf(tag) });
  }

  /** Outdates every value of the collection, by one command. As `invalidate`. */
  invalidateAll(): Promise<void> {
    return this.invalidateTags(everything);
  }

  async #lookupFurther(id: string, hash: number, began: Moment): Promise<Lookup<T>> {
    // A process without a place in the log gets one first: what it read beside that reading, it couldn't keep.
    if (this.#view.place === undefined) await this.#view.prove(began);
    const flight: Flight = { hash, revoked: false };
    if (this.#view.place === undefined) return this.#fly(id, flight, this.#readThrough.bypass(id));
    this.#view.flights.add(flight);
    try {
      // At the same time as the proof is sought: together they may take as long as one command.
      const entry = this.#readThrough.readEntry(id);
      const proven = await this.#view.prove(began);
      const near = this.#nearValue(id, hash, began);
      if (near !== undefined) return this.#nearHit(near);
      const ahead = this.#flights.get(id);
      if (proven && ahead !== undefined && !ahead.flight.revoked) return await ahead.lookup;
      return await this.#fly(id, flight, this.#readThrough.lookup(id, flight, { entry, proven }));
    } finally {
      this.#view.flights.delete(flight);
    }
  }

  /** Lets later callers join a lookup until it is revoked or over. */
  async #fly(id: string, flight: Flight, lookup: Promise<Lookup<T>>): Promise<Lookup<T>> {
    const joinable = { flight, lookup };
    this.#flights.set(id, joinable);
    try {
      const found = await lookup;
      this.#context.emit({ type: "lookup", collection: this.#context.name, tier: found.tier });
      return found;
    } finally {
      if (this.#flights.get(id) === joinable) this.#flights.delete(id);
    }
  }

  #nearValue(id: string, hash: number, began: Moment): NearValue<T> | undefined {
    if (!this.#view.isProven(began)) return undefined;
    const near = this.#view.near.get(hash, id);
    return near !== undefined && began.wallMs < near.hardExpiryMs && this.#view.areCurrent(near.versions)
      ? near
      : undefined;
  }

  #nearHit({ value }: NearValue<T>): Lookup<T> {
    this.#context.emit(this.#nearLookup);
    return { value, tier: "near" };
  }
}
