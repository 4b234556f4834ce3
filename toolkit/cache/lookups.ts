import { hashOf } from "./change";
import type { Lookup } from "./collection-options";
import type { CollectionParts } from "./collection-parts";
import { frameHead } from "./frame";
import { JoinableLookups } from "./joinable-lookups";
import { LeasedLoads } from "./leased-loads";
import type { Moment } from "./moment";
import type { NearValue } from "./near-cache";
import { ReadMany } from "./read-many";
import { ReadThrough } from "./read-through";
import { Refresher } from "./refresher";

/** The way of a lookup through this process: what it keeps, a lookup of the same value that is under way, or further. */
export class Lookups<T> {
  readonly #parts: CollectionParts<T>;
  readonly #refresher: Refresher<T>;
  readonly #readThrough: ReadThrough<T>;
  readonly #readMany: ReadMany<T>;
  readonly #joinable = new JoinableLookups<T>();

  constructor(parts: CollectionParts<T>) {
    const loads = new LeasedLoads(parts);
    this.#parts = parts;
    this.#refresher = new Refresher(parts, loads);
    this.#readThrough = new ReadThrough(parts, loads, this.#refresher);
    this.#readMany = new ReadMany(parts, loads, this.#readThrough, this.#refresher, this.#joinable);
  }

  /** What this process keeps, if it is proven fresh enough for a call that began then. */
  near(id: string, hash: number, began: Moment): NearValue<T> | undefined {
    const { view, context } = this.#parts;
    if (!view.isProven(began)) return undefined;
    const near = view.near.get(hash, id);
    if (near === undefined || began.wallMs >= near.softExpiryMs || !view.isCurrent(near)) return undefined;
    if (began.wallMs >= near.refreshAtMs) {
      near.refreshAtMs = Number.POSITIVE_INFINITY;
      this.#refresher.start([{ id, seen: frameHead(near), previous: near }]);
    }
    context.answered("near");
    return near;
  }

  async further(id: string, hash: number, began: Moment): Promise<Lookup<T>> {
    const { view, stored } = this.#parts;
    // A process without a place in the log gets one first: what it read beside that reading, it couldn't keep.
    if (view.place === undefined) await view.prove(began);
    const flight = view.takeOff(hash);
    const asked = { id, flight };
    try {
      if (view.place === undefined) return this.#told(await this.#parts.bypasses.lookupOne(asked, began));
      // At the same time as the proof is sought: together they may take as long as one command.
      const entry = stored.read(id);
      const proven = await view.prove(began);
      const near = this.near(id, hash, began);
      if (near !== undefined) return { value: near.value, tier: "near" };
      const ahead = proven ? this.#joinable.ahead(id) : undefined;
      return this.#told(
        await (ahead ?? this.#joinable.announce(asked, this.#readThrough.lookup(id, flight, { began, entry, proven }))),
      );
    } catch (error) {
      return this.#unproven(id, hash, error);
    } finally {
      view.landed(flight);
    }
  }

  async manyFurther(ids: readonly string[], began: Moment): Promise<Map<string, Lookup<T>>> {
    const { view, stored } = this.#parts;
    if (view.place === undefined) await view.prove(began);
    const asked = ids.map((id) => ({ id, flight: view.takeOff(hashOf(id)) }));
    try {
      if (view.place === undefined) return this.#allTold(await this.#parts.bypasses.lookup(asked, began));
      const entries = stored.readAll(ids);
      const proven = await view.prove(began);
      const lookups = new Map<string, Lookup<T>>();
      const ahead = new Map<string, Promise<Lookup<T>>>();
      const own: number[] = [];
      asked.forEach(({ id, flight }, at) => {
        const near = this.near(id, flight.hash, began);
        const other = proven ? this.#joinable.ahead(id) : undefined;
        if (near !== undefined) lookups.set(id, { value: near.value, tier: "near" });
        else if (other !== undefined) ahead.set(id, other);
        else own.push(at);
      });
      const mine = own.flatMap((at) => asked[at] ?? []);
      const myEntries = entries.then((all) => own.map((at) => all[at] ?? null));
      const together = this.#readMany.lookup(mine, { began, entries: myEntries, proven });
      const joined = [...ahead].map(async ([id, lookup]) => [id, this.#told(await lookup)] as const);
      const [found, others] = await Promise.all([together, Promise.all(joined)]);
      for (const [id, lookup] of [...this.#allTold(found), ...others]) lookups.set(id, lookup);
      return lookups;
    } catch (error) {
      return new Map(asked.map(({ id, flight }) => [id, this.#unproven(id, flight.hash, error)]));
    } finally {
      for (const { flight } of asked) view.landed(flight);
    }
  }

  /** What this process still has of a value whose load has failed, if the collection wants that served. */
  #unproven(id: string, hash: number, error: unknown): Lookup<T> {
    const { context, options, view } = this.#parts;
    const near = options.staleIfError === true ? view.near.get(hash, id) : undefined;
    if (near === undefined || context.clock().wallMs >= near.hardExpiryMs) throw error;
    return this.#told({ value: near.value, tier: "stale" });
  }

  #allTold(lookups: Map<string, Lookup<T>>): Map<string, Lookup<T>> {
    for (const lookup of lookups.values()) this.#told(lookup);
    return lookups;
  }

  #told(lookup: Lookup<T>): Lookup<T> {
    this.#parts.context.answered(lookup.tier);
    return lookup;
  }
}
