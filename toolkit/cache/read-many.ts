import { randomUUID } from "node:crypto";
import { entrySlot } from "../redis/keys";
import { RedisUnavailableError } from "../redis/unavailable";
import type { Lookup } from "./collection-options";
import type { JoinableLookups } from "./joinable-lookups";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import type { Acquired } from "./lease";
import type { AskedLease, Leased, LeasedLoads } from "./leased-loads";
import type { Moment } from "./moment";
import type { Asked } from "./process-view";
import type { ReadThrough } from "./read-through";
import type { Refresh, Refresher } from "./refresher";
import type { Stored } from "./stored-values";

interface Begun {
  /** When the call did. */
  readonly began: Moment;
  readonly entries: Promise<readonly (Buffer | null)[]>;
  /** Whether what this process knows of versions may be used. */
  readonly proven: boolean;
}

type Missed<T> = Asked & { readonly stored: Stored<T> };

/** The way of several lookups past the near cache: one read, then one load of what is missing and nobody else loads. */
export class ReadMany<T> {
  readonly #parts: CollectionParts<T>;
  readonly #loads: LeasedLoads<T>;
  readonly #readThrough: ReadThrough<T>;
  readonly #refresher: Refresher<T>;
  readonly #joinable: JoinableLookups<T>;

  constructor(
    parts: CollectionParts<T>,
    loads: LeasedLoads<T>,
    readThrough: ReadThrough<T>,
    refresher: Refresher<T>,
    joinable: JoinableLookups<T>,
  ) {
    this.#parts = parts;
    this.#loads = loads;
    this.#readThrough = readThrough;
    this.#refresher = refresher;
    this.#joinable = joinable;
  }

  /** In the order asked. `entries` were read after the flights began. */
  async lookup(asked: readonly Asked[], begun: Begun) {
    const { context, stored } = this.#parts;
    let found: readonly Stored<T>[];
    try {
      found = await stored.judge(await begun.entries, begun.proven);
    } catch (error) {
      reportUnavailable(context, "get", error);
      return this.#parts.bypasses.lookup(asked, begun.began);
    }
    const lookups = new Map<string, Lookup<T>>();
    const missed: Missed<T>[] = [];
    const refreshes: Refresh<T>[] = [];
    asked.forEach(({ id, flight }, at) => {
      const each = found[at];
      if (each === undefined) return;
      if (each.state === "useless") missed.push({ id, flight, stored: each });
      else lookups.set(id, this.#readThrough.serve({ id, flight }, each, refreshes));
    });
    this.#refresher.start(refreshes);
    if (missed.length > 0) for (const [id, lookup] of await this.#load(missed, begun)) lookups.set(id, lookup);
    return lookups;
  }

  /** Loads what it gets the lease of before it waits for what others load. */
  async #load(missed: readonly Missed<T>[], { began, proven }: Begun): Promise<Map<string, Lookup<T>>> {
    const wanted = missed.map(({ id, flight, stored }) => ({
      id,
      flight,
      seen: stored.bytes,
      previous: stored.frame,
      slot: entrySlot(this.#parts.context.name, id),
      token: randomUUID(),
    }));
    const answers = await this.#acquire(wanted);
    if (answers === "refused") return this.#parts.bypasses.lookup(wanted, began);
    const mine = wanted.filter((_, at) => answers === "unknown" || answers[at]?.state === "acquired");
    const tier = answers === "unknown" ? "bypass" : "load";
    const lookups = mine.length === 0 ? new Map<string, Lookup<T>>() : await this.#loadMine(mine, tier);
    await Promise.all(
      wanted
        .filter(({ id }) => !lookups.has(id))
        .map(async ({ id, flight }) => {
          const entry = this.#parts.stored.read(id);
          const lookup = this.#readThrough.lookup(id, flight, { began, entry, proven });
          lookups.set(id, await this.#joinable.announce({ id, flight }, lookup));
        }),
    );
    return lookups;
  }

  #loadMine(mine: readonly Leased<T>[], tier: "load" | "bypass"): Promise<Map<string, Lookup<T>>> {
    const lookups = this.#loads
      .load(mine)
      .then((loaded) => new Map(mine.map(({ id }, at) => [id, { value: loaded[at]?.value, tier }])));
    return this.#joinable.announceAll(mine, lookups);
  }

  /** `unknown`: no answer came, and the leases may have been given all the same. */
  async #acquire(wanted: readonly AskedLease[]): Promise<readonly Acquired[] | "unknown" | "refused"> {
    try {
      return await this.#loads.acquire("lease", wanted);
    } catch (error) {
      reportUnavailable(this.#parts.context, "lease", error);
      if (!(error instanceof RedisUnavailableError)) await this.#loads.release(wanted); // one was refused, not all
      return error instanceof RedisUnavailableError && error.mayBeDone ? "unknown" : "refused";
    }
  }
}
