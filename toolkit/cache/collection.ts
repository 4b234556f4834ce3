import type { CacheEvent, Tier } from "./cache-event";
import { everything, hashOf } from "./change";
import { outdateTags, removeEntries } from "./changes";
import { checkOptions, type CollectionContext, type CollectionOptions, type Lookup } from "./collection-options";
import { type CollectionParts, collectionParts } from "./collection-parts";
import { frameHead } from "./frame";
import { LeasedLoads } from "./leased-loads";
import type { Moment } from "./moment";
import type { Flight } from "./process-view";
import { type Asked, ReadMany } from "./read-many";
import { ReadThrough } from "./read-through";
import { Refresher } from "./refresher";
import { WriteThrough } from "./write-through";

interface Joinable<T> {
  readonly flight: Flight;
  readonly lookup: () => Promise<Lookup<T>>;
}

/** The cached values of one kind, each under an id, all with one source and one lifetime. */
export class Collection<T> {
  readonly #parts: CollectionParts<T>;
  readonly #readThrough: ReadThrough<T>;
  readonly #readMany: ReadMany<T>;
  readonly #refresher: Refresher<T>;
  readonly #writeThrough: WriteThrough<T>;
  readonly #lookupEvents: Record<Tier, CacheEvent>;
  readonly #joinable = new Map<string, Joinable<T>>();

  constructor(context: CollectionContext, options: CollectionOptions<T>) {
    this.#parts = collectionParts(context, checkOptions(context.name, options));
    const loads = new LeasedLoads(this.#parts);
    this.#refresher = new Refresher(this.#parts, loads);
    this.#readThrough = new ReadThrough(this.#parts, loads, this.#refresher);
    this.#readMany = new ReadMany(this.#parts, loads, this.#readThrough);
    this.#writeThrough = new WriteThrough(this.#parts);
    this.#lookupEvents = lookupEvents(context.name);
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
   * @throws LoadDeadlineError when the source took longer than `loadDeadlineMs`, or than the invocation has left
   * @throws TooManyLoadsError when as many loads as there may be are under way in this process
   * @throws whatever `load` throws, when this call loads
   */
  lookup(id: string): Promise<Lookup<T>> {
    const began = this.#parts.context.clock();
    const hash = hashOf(id);
    const near = this.#nearValue(id, hash, began);
    return near === undefined ? this.#lookupFurther(id, hash, began) : Promise.resolve(near);
  }

  /**
   * The values under several ids, in their order; one that the source doesn't have is left out. What is missing is loaded by
   * one call of `loadMany`. As `lookup`; one failed load fails the whole call.
   *
   * @throws TypeError when the collection has no `loadMany`
   */
  async getMany(ids: readonly string[]): Promise<Map<string, T>> {
    const { context, options } = this.#parts;
    if (options.loadMany === undefined)
      throw new TypeError(`collection ${context.name} has no loadMany: give it one, or call get for each id`);
    const began = context.clock();
    const lookups = new Map<string, Lookup<T>>();
    const further: string[] = [];
    for (const id of new Set(ids)) {
      const near = this.#nearValue(id, hashOf(id), began);
      if (near === undefined) further.push(id);
      else lookups.set(id, near);
    }
    if (further.length > 0) for (const [id, lookup] of await this.#lookupMany(further, began)) lookups.set(id, lookup);
    const values = new Map<string, T>();
    for (const id of ids) {
      const value = lookups.get(id)?.value;
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
   * @throws whatever `commit` throws; the value is invalidated then
   */
  put<R extends T | undefined>(id: string, commit: () => Promise<R>): Promise<R> {
    return this.#writeThrough.put(id, commit);
  }

  /**
   * Removes one or more values from every process. Call it after the source has changed. Resolves when no `get` that begins
   * more than `maxStalenessMs` later, in any process, returns what was loaded before.
   *
   * @throws RedisUnavailableError when Redis didn't confirm: an old value may live to its end, so call again
   */
  async invalidate(ids: string | readonly string[]): Promise<void> {
    const all = [ids].flat();
    await removeEntries(this.#parts.context, all);
    for (const id of all) this.#parts.view.apply({ kind: "entry", hash: hashOf(id) });
  }

  /** Outdates all values that carry one of the tags, however many there are, by one command. As `invalidate`. */
  async invalidateTags(tags: string | readonly string[]): Promise<void> {
    const all = [tags].flat();
    await outdateTags(this.#parts.context, all);
    for (const tag of all) this.#parts.view.apply({ kind: "tag", hash: hashOf(tag) });
  }

  /** Outdates every value of the collection, by one command. As `invalidate`. */
  invalidateAll(): Promise<void> {
    return this.invalidateTags(everything);
  }

  /** How many values this process keeps, and how large they are when encoded. */
  get kept(): { readonly nearEntries: number; readonly nearBytes: number } {
    const { entries, bytes } = this.#parts.view.near;
    return { nearEntries: entries, nearBytes: bytes };
  }

  async #lookupFurther(id: string, hash: number, began: Moment): Promise<Lookup<T>> {
    const { view, stored } = this.#parts;
    // A process without a place in the log gets one first: what it read beside that reading, it couldn't keep.
    if (view.place === undefined) await view.prove(began);
    const flight = view.takeOff(hash);
    try {
      if (view.place === undefined) return this.#told(await this.#fly(id, flight, this.#readThrough.bypass(id)));
      // At the same time as the proof is sought: together they may take as long as one command.
      const entry = stored.read(id);
      const proven = await view.prove(began);
      const near = this.#nearValue(id, hash, began);
      if (near !== undefined) return near;
      const ahead = proven ? this.#ahead(id) : undefined;
      return this.#told(
        await (ahead ?? this.#fly(id, flight, this.#readThrough.lookup(id, flight, { entry, proven }))),
      );
    } catch (error) {
      return this.#told(this.#unproven(id, hash, error));
    } finally {
      view.landed(flight);
    }
  }

  async #lookupMany(ids: readonly string[], began: Moment): Promise<Map<string, Lookup<T>>> {
    const { view, stored } = this.#parts;
    if (view.place === undefined) await view.prove(began);
    const asked = ids.map((id) => ({ id, flight: view.takeOff(hashOf(id)) }));
    try {
      if (view.place === undefined) return await this.#flyTogether(asked, this.#readMany.bypass(ids));
      const entries = stored.readAll(ids);
      const proven = await view.prove(began);
      const lookups = new Map<string, Lookup<T>>();
      const ahead = new Map<string, Promise<Lookup<T>>>();
      const own: number[] = [];
      asked.forEach(({ id, flight }, at) => {
        const near = this.#nearValue(id, flight.hash, began);
        const other = proven ? this.#ahead(id) : undefined;
        if (near !== undefined) lookups.set(id, near);
        else if (other !== undefined) ahead.set(id, other);
        else own.push(at);
      });
      const ownAsked = own.flatMap((at) => asked[at] ?? []);
      const ownEntries = entries.then((all) => own.map((at) => all[at] ?? null));
      const together = this.#flyTogether(ownAsked, this.#readMany.lookup(ownAsked, ownEntries, proven));
      const joined = [...ahead].map(async ([id, lookup]) => [id, this.#told(await lookup)] as const);
      for (const [id, lookup] of [...(await together), ...(await Promise.all(joined))]) lookups.set(id, lookup);
      return lookups;
    } catch (error) {
      return new Map(asked.map(({ id, flight }) => [id, this.#told(this.#unproven(id, flight.hash, error))]));
    } finally {
      for (const { flight } of asked) view.landed(flight);
    }
  }

  /** Lets later callers join a lookup until it is revoked or over. */
  #fly(id: string, flight: Flight, lookup: Promise<Lookup<T>>): Promise<Lookup<T>> {
    const joinable = { flight, lookup: () => lookup };
    this.#joinable.set(id, joinable);
    const over = () => this.#over(id, joinable);
    lookup.then(over, over);
    return lookup;
  }

  async #flyTogether(asked: readonly Asked[], lookups: Promise<Map<string, Lookup<T>>>) {
    const joinables = asked.map(({ id, flight }) => {
      const lookup = async () => (await lookups).get(id) ?? { value: undefined, tier: "bypass" as const };
      const joinable: Joinable<T> = { flight, lookup };
      this.#joinable.set(id, joinable);
      return [id, joinable] as const;
    });
    try {
      const found = await lookups;
      for (const lookup of found.values()) this.#told(lookup);
      return found;
    } finally {
      for (const [id, joinable] of joinables) this.#over(id, joinable);
    }
  }

  #over(id: string, joinable: Joinable<T>): void {
    if (this.#joinable.get(id) === joinable) this.#joinable.delete(id);
  }

  /** A lookup of another caller that this one may join. */
  #ahead(id: string): Promise<Lookup<T>> | undefined {
    const ahead = this.#joinable.get(id);
    return ahead === undefined || ahead.flight.revoked ? undefined : ahead.lookup();
  }

  #nearValue(id: string, hash: number, began: Moment): Lookup<T> | undefined {
    const { view } = this.#parts;
    if (!view.isProven(began)) return undefined;
    const near = view.near.get(hash, id);
    if (near === undefined || began.wallMs >= near.softExpiryMs || !view.areCurrent(near.versions)) return undefined;
    if (began.wallMs >= near.refreshAtMs) {
      near.refreshAtMs = Number.POSITIVE_INFINITY;
      this.#refresher.start([{ id, seen: frameHead(near), previous: near }]);
    }
    return this.#told({ value: near.value, tier: "near" });
  }

  /** What this process still has of a value whose load has failed, if the collection wants that served. */
  #unproven(id: string, hash: number, error: unknown): Lookup<T> {
    const { context, options, view } = this.#parts;
    const near = options.staleIfError === true ? view.near.get(hash, id) : undefined;
    if (near === undefined || context.clock().wallMs >= near.hardExpiryMs) throw error;
    return { value: near.value, tier: "stale" };
  }

  #told(lookup: Lookup<T>): Lookup<T> {
    this.#parts.context.emit(this.#lookupEvents[lookup.tier]);
    return lookup;
  }
}

function lookupEvents(collection: string): Record<Tier, CacheEvent> {
  const event = (tier: Tier) => ({ type: "lookup", collection, tier }) as const;
  return {
    near: event("near"),
    redis: event("redis"),
    stale: event("stale"),
    load: event("load"),
    bypass: event("bypass"),
  };
}
