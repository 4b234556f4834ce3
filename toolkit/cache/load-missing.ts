import { randomUUID } from "node:crypto";
import { entrySlot } from "../redis/keys";
import type { Lookup } from "./collection-options";
import type { CollectionParts } from "./collection-parts";
import type { Flight } from "./flight";
import type { JoinableLookups } from "./joinable-lookups";
import type { Leased, LeasedLoads } from "./leased-loads";
import type { Moment } from "../clock/moment";
import type { ReadThrough } from "./read-through";
import type { Stored } from "./stored-values";

/** A value that Redis doesn't have in a usable state. */
export interface Missed<T> {
  readonly flight: Flight;
  readonly stored: Stored<T>;
}

/** Several values that Redis doesn't have: one load of what nobody else loads. */
export class LoadMissing<T> {
  readonly #parts: CollectionParts<T>;
  readonly #loads: LeasedLoads<T>;
  readonly #readThrough: ReadThrough<T>;
  readonly #joinable: JoinableLookups<T>;

  constructor(
    parts: CollectionParts<T>,
    loads: LeasedLoads<T>,
    readThrough: ReadThrough<T>,
    joinable: JoinableLookups<T>,
  ) {
    this.#parts = parts;
    this.#loads = loads;
    this.#readThrough = readThrough;
    this.#joinable = joinable;
  }

  /** Loads what it gets the leases of before it waits for what others load. */
  async lookup(missed: readonly Missed<T>[], began: Moment, proven: boolean): Promise<Map<string, Lookup<T>>> {
    const wanted = missed.map(({ flight, stored: { bytes, frame } }) => {
      const slot = entrySlot(this.#parts.context.name, flight.id);
      return { id: flight.id, flight, previous: frame, seen: bytes, slot, token: randomUUID() };
    });
    const mine: Leased<T>[] = [];
    const sure = new Set<Flight>();
    const refused: Flight[] = [];
    const others: Flight[] = [];
    const answers = await Promise.all(wanted.map((each) => this.#loads.acquire("lease", each)));
    wanted.forEach((each, at) => {
      const { state } = answers[at] ?? { state: "refused" };
      if (state === "acquired") sure.add(each.flight);
      if (state === "acquired" || state === "unknown") mine.push(each);
      else (state === "refused" ? refused : others).push(each.flight);
    });
    const [loaded, bypassed] = await Promise.all([this.#load(mine, sure), this.#parts.bypasses.lookup(refused, began)]);
    const waited = others.map(async (flight) => {
      const lookup = this.#readThrough.lookup(flight, { began, entry: this.#parts.stored.read(flight.id), proven });
      this.#joinable.announce(flight, lookup);
      return [flight.id, await lookup] as const;
    });
    return new Map([...loaded, ...bypassed, ...(await Promise.all(waited))]);
  }

  /** `sure`: where Redis has given the lease; elsewhere it may have. */
  async #load(mine: readonly Leased<T>[], sure: ReadonlySet<Flight>): Promise<Map<string, Lookup<T>>> {
    if (mine.length === 0) return new Map();
    const loading = this.#loads.load(mine);
    const lookups = loading.then(
      (loaded) =>
        new Map(
          mine.map(({ id, flight }, at): [string, Lookup<T>] => [
            id,
            { value: loaded[at]?.value, tier: sure.has(flight) ? "load" : "bypass" },
          ]),
        ),
    );
    this.#joinable.announceAll(
      mine.map(({ flight }) => flight),
      lookups,
    );
    return lookups;
  }
}
