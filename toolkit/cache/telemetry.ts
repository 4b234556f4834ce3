import { checkOptionalFunction } from "../given-function";
import { tell } from "../tell";
import type { CacheEvent, Tier } from "./cache-event";

/** What happened to a collection in this process since it began, and what it keeps now. */
export interface CollectionStats {
  /** Answers, by where they came from. */
  readonly near: number;
  readonly redis: number;
  readonly stale: number;
  readonly load: number;
  readonly bypass: number;
  /** Times that a caller waited for another one's load. */
  readonly waits: number;
  /** Calls of the source that brought an answer. */
  readonly loads: number;
  /** Calls of the source that failed or were late. */
  readonly failedLoads: number;
  /** Loads that weren't begun because too many were under way. */
  readonly rejectedLoads: number;
  /** How long the source has worked in all. */
  readonly loadMs: number;
  /** Commands to Redis that brought no answer. */
  readonly unavailable: number;
  readonly evictions: number;
  readonly nearEntries: number;
  /** Of the encoded values. */
  readonly nearBytes: number;
}

type Counts = { -readonly [Count in Exclude<keyof CollectionStats, "nearEntries" | "nearBytes">]: number };

/** Counts what happens to one collection, and tells the listener. */
export class Telemetry {
  readonly counts: Counts = {
    near: 0,
    redis: 0,
    stale: 0,
    load: 0,
    bypass: 0,
    waits: 0,
    loads: 0,
    failedLoads: 0,
    rejectedLoads: 0,
    loadMs: 0,
    unavailable: 0,
    evictions: 0,
  };
  readonly #listener: ((event: CacheEvent) => void) | undefined;
  readonly #lookupEvents: Readonly<Record<Tier, CacheEvent>>;

  constructor(collection: string, listener: ((event: CacheEvent) => void) | undefined) {
    const lookup = (tier: Tier) => ({ type: "lookup", collection, tier }) as const;
    checkOptionalFunction("onEvent of a cache", listener);
    this.#listener = listener;
    this.#lookupEvents = {
      near: lookup("near"),
      redis: lookup("redis"),
      stale: lookup("stale"),
      load: lookup("load"),
      bypass: lookup("bypass"),
    };
  }

  /** Apart from the other events, because it is all that a near hit has to do. */
  readonly answered = (tier: Tier): void => {
    this.counts[tier]++;
    if (this.#listener !== undefined) tell(this.#listener, this.#lookupEvents[tier]);
  };

  readonly emit = (event: Exclude<CacheEvent, { readonly type: "lookup" }>): void => {
    this.#count(event);
    tell(this.#listener, event);
  };

  #count(event: Exclude<CacheEvent, { readonly type: "lookup" }>): void {
    const { counts } = this;
    switch (event.type) {
      case "wait":
        counts.waits++;
        break;
      case "load":
        counts.loadMs += event.ms;
        if (event.outcome === "rejected") counts.rejectedLoads++;
        else if (event.outcome === "failed" || event.outcome === "late") counts.failedLoads++;
        else counts.loads++;
        break;
      case "evict":
        counts.evictions++;
        break;
      case "unavailable":
        counts.unavailable++;
    }
  }
}
