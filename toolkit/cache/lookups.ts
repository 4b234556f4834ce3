import { checkId } from "../redis/keys";
import type { Lookup } from "./collection-options";
import type { CollectionParts } from "./collection-parts";
import type { Flight } from "./flight";
import { frameHead } from "./frame";
import { JoinableLookups } from "./joinable-lookups";
import type { Kept } from "./kept";
import type { LeasedLoads } from "./leased-loads";
import type { Moment } from "../clock/moment";
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

  constructor(parts: CollectionParts<T>, loads: LeasedLoads<T>) {
    this.#parts = parts;
    this.#refresher = new Refresher(parts, loads);
    this.#readThrough = new ReadThrough(parts, loads, this.#refresher);
    this.#readMany = new ReadMany(parts, loads, this.#readThrough, this.#refresher, this.#joinable);
  }

  /** What this process keeps, if it is proven fresh enough for a call that began then. */
  near(id: string, began: Moment): Kept<T> | undefined {
    const { view, context } = this.#parts;
    if (!view.isProven(began)) return undefined;
    const kept = view.kept(id);
    if (kept === undefined || !kept.isFresh(began.wallMs) || !view.isCurrent(kept)) return undefined;
    if (kept.takeRefresh(began.wallMs)) this.#refresher.start([{ id, seen: frameHead(kept), previous: kept }]);
    context.answered("near");
    return kept;
  }

  /** @throws TypeError for an id that Redis couldn't be asked for, whether it is there or not */
  async further(id: string, began: Moment): Promise<Lookup<T>> {
    const { view, stored, context } = this.#parts;
    checkId(context.name, id);
    // A process without a place in the log gets one first: what it read beside that reading, it couldn't keep.
    if (view.place === undefined) await view.prove(began);
    let proven = view.isProven(began);
    const ahead = proven ? this.#joinable.ahead(id) : undefined;
    const flight = view.takeOff(id);
    try {
      if (ahead !== undefined) return this.#told(await ahead);
      if (view.place === undefined) return this.#told(await this.#parts.bypasses.lookupOne(flight, began));
      const entry = stored.read(id);
      if (!proven) {
        // At the same time as the entry is read: together they may take as long as one command.
        proven = await view.prove(began);
        const near = this.near(id, began);
        if (near !== undefined) return { value: near.value, tier: "near" };
        const other = proven ? this.#joinable.ahead(id) : undefined;
        if (other !== undefined) return this.#told(await other);
      }
      const lookup = this.#readThrough.lookup(flight, { began, entry, proven });
      this.#joinable.announce(flight, lookup);
      return this.#told(await lookup);
    } catch (error) {
      return this.#unproven(id, error);
    } finally {
      this.#landed(flight);
    }
  }

  /** @throws as `further` */
  async manyFurther(ids: readonly string[], began: Moment): Promise<Map<string, Lookup<T>>> {
    const { view, stored, context } = this.#parts;
    for (const id of ids) checkId(context.name, id);
    if (view.place === undefined) await view.prove(began);
    const flights = ids.map((id) => view.takeOff(id));
    try {
      if (view.place === undefined) return this.#allTold(await this.#parts.bypasses.lookup(flights, began));
      const entries = stored.readAll(ids);
      const proven = view.isProven(began) || (await view.prove(began));
      const lookups = new Map<string, Lookup<T>>();
      const ahead = new Map<string, Promise<Lookup<T>>>();
      const own: number[] = [];
      flights.forEach(({ id }, at) => {
        const near = this.near(id, began);
        const other = proven ? this.#joinable.ahead(id) : undefined;
        if (near !== undefined) lookups.set(id, { value: near.value, tier: "near" });
        else if (other !== undefined) ahead.set(id, other);
        else own.push(at);
      });
      const mine = own.flatMap((at) => flights[at] ?? []);
      const myEntries = entries.then((all) => own.map((at) => all[at] ?? null));
      const together = this.#readMany.lookup(mine, { began, entries: myEntries, proven });
      const joined = [...ahead].map(async ([id, lookup]) => [id, this.#told(await lookup)] as const);
      const [found, others] = await Promise.all([together, Promise.all(joined)]);
      for (const [id, lookup] of [...this.#allTold(found), ...others]) lookups.set(id, lookup);
      return lookups;
    } catch (error) {
      return new Map(ids.map((id) => [id, this.#unproven(id, error)]));
    } finally {
      for (const flight of flights) this.#landed(flight);
    }
  }

  #landed(flight: Flight): void {
    this.#joinable.over(flight);
    this.#parts.view.landed(flight);
  }

  /** What this process still has of a value whose load has failed, if the collection wants that served. */
  #unproven(id: string, error: unknown): Lookup<T> {
    const { context, options, view } = this.#parts;
    const kept = options.staleIfError === true ? view.kept(id) : undefined;
    if (kept === undefined || context.clock().wallMs >= kept.hardExpiryMs) throw error;
    return this.#told({ value: kept.value, tier: "stale" });
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
