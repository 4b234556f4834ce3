import type { Lookup } from "./collection-options";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import type { Flight } from "./flight";
import type { JoinableLookups } from "./joinable-lookups";
import type { LeasedLoads } from "./leased-loads";
import { LoadMissing, type Missed } from "./load-missing";
import type { Moment } from "../clock/moment";
import type { ReadThrough } from "./read-through";
import type { Refresh, Refresher } from "./refresher";

interface Begun {
  /** When the call did. */
  readonly began: Moment;
  /** In the order of the flights; an error where Redis gave no answer. */
  readonly entries: Promise<readonly (Buffer | null | Error)[]>;
  /** Whether what this process knows of versions may be used. */
  readonly proven: boolean;
}

/** The way of several lookups past the near cache: one read, then one load of what is missing and nobody else loads. */
export class ReadMany<T> {
  readonly #parts: CollectionParts<T>;
  readonly #loadMissing: LoadMissing<T>;
  readonly #readThrough: ReadThrough<T>;
  readonly #refresher: Refresher<T>;

  constructor(
    parts: CollectionParts<T>,
    loads: LeasedLoads<T>,
    readThrough: ReadThrough<T>,
    refresher: Refresher<T>,
    joinable: JoinableLookups<T>,
  ) {
    this.#parts = parts;
    this.#loadMissing = new LoadMissing(parts, loads, readThrough, joinable);
    this.#readThrough = readThrough;
    this.#refresher = refresher;
  }

  /** `entries` were read after the flights began. */
  async lookup(flights: readonly Flight[], begun: Begun): Promise<Map<string, Lookup<T>>> {
    const { began, proven } = begun;
    const lookups = new Map<string, Lookup<T>>();
    const { read, unread } = this.#answered(flights, await begun.entries);
    const missed: Missed<T>[] = [];
    const refreshes: Refresh<T>[] = [];
    try {
      const judged = await this.#parts.stored.judge([...read.values()], proven);
      [...read.keys()].forEach((flight, at) => {
        const stored = judged[at];
        if (stored === undefined) return;
        if (stored.state === "useless") missed.push({ flight, stored });
        else lookups.set(flight.id, this.#readThrough.serve(flight, stored, refreshes));
      });
    } catch (error) {
      reportUnavailable(this.#parts.context, "get", error);
      unread.push(...read.keys());
    }
    this.#refresher.start(refreshes);
    if (unread.length === 0 && missed.length === 0) return lookups;
    const [bypassed, loaded] = await Promise.all([
      this.#parts.bypasses.lookup(unread, began),
      this.#loadMissing.lookup(missed, began, proven),
    ]);
    return new Map([...lookups, ...bypassed, ...loaded]);
  }

  /** A node of a cluster that gives no answer holds up its own entries only. */
  #answered(flights: readonly Flight[], entries: readonly (Buffer | null | Error)[]) {
    const read = new Map<Flight, Buffer | null>();
    const unread: Flight[] = [];
    let failure: Error | undefined;
    flights.forEach((flight, at) => {
      const entry = entries[at] ?? null;
      if (!(entry instanceof Error)) return read.set(flight, entry);
      failure = entry;
      return unread.push(flight);
    });
    if (failure !== undefined) reportUnavailable(this.#parts.context, "get", failure);
    return { read, unread };
  }
}
