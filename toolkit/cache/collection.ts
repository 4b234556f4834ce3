import { everything, hashOf } from "./change";
import { outdateTags, removeEntries } from "./changes";
import { checkOptions, type CollectionContext, type CollectionOptions, type Lookup } from "./collection-options";
import { type CollectionParts, collectionParts } from "./collection-parts";
import { DueRefresh, type RefreshOutcome } from "./due-refresh";
import type { DueValue } from "./due-value";
import { checkArray, idsFrom, tagsFrom } from "./given-names";
import { LeasedLoads } from "./leased-loads";
import { Lookups } from "./lookups";
import { WriteThrough } from "./write-through";

/** The cached values of one kind, each under an id, all with one source and one lifetime. */
export class Collection<T> {
  readonly #parts: CollectionParts<T>;
  readonly #lookups: Lookups<T>;
  readonly #dueRefresh: DueRefresh<T>;
  readonly #writeThrough: WriteThrough<T>;

  constructor(context: CollectionContext, options: CollectionOptions<T>) {
    this.#parts = collectionParts(context, checkOptions(context.name, options));
    const loads = new LeasedLoads(this.#parts);
    this.#lookups = new Lookups(this.#parts, loads);
    this.#dueRefresh = new DueRefresh(this.#parts, loads);
    this.#writeThrough = new WriteThrough(this.#parts);
  }

  /** The value under `id`, from the nearest place that has it. See `lookup`. */
  get(id: string): Promise<T | undefined> {
    const began = this.#parts.context.clock();
    const near = this.#lookups.near(id, began);
    return near === undefined
      ? this.#lookups.further(id, began).then(({ value }) => value)
      : Promise.resolve(near.value);
  }

  /**
   * The value under `id`, and where it came from. It is what JSON makes of the loaded one, on a hit and on a load alike.
   *
   * On a miss one caller in the whole fleet loads; the rest wait for its value. Redis down, slow or full: each goes to the
   * source.
   *
   * @throws LoadFailedError when the load that this call waited for, or one a moment ago, has failed
   * @throws LoadDeadlineError when the source took longer than `loadDeadlineMs`, or than the invocation has left
   * @throws TooManyLoadsError when as many loads as there may be are under way in this process
   * @throws whatever `load` throws, when this call loads
   */
  lookup(id: string): Promise<Lookup<T>> {
    const began = this.#parts.context.clock();
    const near = this.#lookups.near(id, began);
    return near === undefined ? this.#lookups.further(id, began) : Promise.resolve({ value: near.value, tier: "near" });
  }

  /**
   * The values under several ids, in their order; one that the source doesn't have is left out. What is missing is loaded by
   * one call of `loadMany`. As `lookup`; one failed load fails the whole call.
   *
   * @throws TypeError when the collection has no `loadMany`, or for what is no array of strings
   */
  async getMany(ids: readonly string[]): Promise<Map<string, T>> {
    const { context, options } = this.#parts;
    if (options.loadMany === undefined)
      throw new TypeError(`collection ${context.name} has no loadMany: give it one, or call get for each id`);
    checkArray(context.name, "ids", ids, "an array of strings");
    const began = context.clock();
    const found = new Map<string, { readonly value: T | undefined }>();
    const further: string[] = [];
    for (const id of new Set(ids)) {
      const near = this.#lookups.near(id, began);
      if (near === undefined) further.push(id);
      else found.set(id, near);
    }
    if (further.length > 0)
      for (const [id, lookup] of await this.#lookups.manyFurther(further, began)) found.set(id, lookup);
    const values = new Map<string, T>();
    for (const id of ids) {
      const value = found.get(id)?.value;
      if (value !== undefined) values.set(id, value);
    }
    return values;
  }

  /**
   * Changes a value in the source by `commit`, which returns the new one, and puts that into the cache. Resolves to it when
   * no `get` that begins more than `maxStalenessMs` later, in any process, returns an older one. `commit` is called once,
   * whether Redis is there or not.
   *
   * @throws PutNotConfirmedError when the source was written, but Redis didn't confirm that the old value is gone
   * @throws whatever `commit` throws, or `tags` of the new value; the old one is invalidated then
   */
  put<R extends T | undefined>(id: string, commit: () => Promise<R>): Promise<R> {
    return this.#writeThrough.put(id, commit);
  }

  /**
   * Removes one or more values from every process. Call it after the source has changed. Resolves when no `get` that begins
   * more than `maxStalenessMs` later, in any process, returns what was loaded before.
   *
   * @throws RedisUnavailableError when Redis didn't confirm: an old value may live to its end, so call again
   * @throws TypeError for what is neither a string nor an array of them
   */
  async invalidate(ids: string | readonly string[]): Promise<void> {
    const all = idsFrom(this.#parts.context.name, ids);
    try {
      await removeEntries(this.#parts.context, all);
    } finally {
      for (const id of all) this.#parts.view.changed(id);
    }
  }

  /** Outdates all values that carry one of the tags, however many there are, by one command. As `invalidate`. */
  async invalidateTags(tags: string | readonly string[]): Promise<void> {
    const all = tagsFrom(this.#parts.context.name, tags);
    try {
      await outdateTags(this.#parts.context, all);
    } finally {
      for (const tag of all) this.#parts.view.apply({ kind: "tag", hash: hashOf(tag) });
    }
  }

  /** Outdates every value of the collection, by one command. As `invalidate`. */
  invalidateAll(): Promise<void> {
    return this.invalidateTags(everything);
  }

  /**
   * Loads a value anew that `refreshLater` was given, if it still is what lies in Redis; under its lease, so that it happens
   * once however often it is asked for. Resolves when the new value is stored, or to why there is none.
   *
   * @throws RedisUnavailableError when Redis gave no answer; the value may be stored all the same
   * @throws what `lookup` does when the load fails: ask again later
   */
  refresh(due: Pick<DueValue, "id" | "softExpiryMs">): Promise<RefreshOutcome> {
    return this.#dueRefresh.run(due);
  }

  /** How many values this process keeps, and how large they are when encoded. */
  get kept(): { readonly nearEntries: number; readonly nearBytes: number } {
    const { entries, bytes } = this.#parts.view.size;
    return { nearEntries: entries, nearBytes: bytes };
  }
}
