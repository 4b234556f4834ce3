import { randomUUID } from "node:crypto";
import { type EntrySlot, entrySlot } from "../redis/keys";
import { awaitFill } from "./await-fill";
import type { Lookup } from "./collection-options";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import type { Flight } from "./flight";
import type { Frame } from "./frame";
import type { LeasedLoads } from "./leased-loads";
import { LoadFailedError } from "./load-errors";
import type { Moment } from "../clock/moment";

import type { Refresh, Refresher } from "./refresher";
import type { Usable, Useless } from "./stored-values";

type Found<T> =
  | Usable<T>
  /** `surely`: Redis said so. Otherwise it gave no answer, and may have given the lease all the same. */
  | {
      readonly state: "leased";
      readonly slot: EntrySlot;
      readonly token: string;
      readonly surely: boolean;
      readonly previous: Frame<T> | undefined;
    }
  | { readonly state: "failed"; readonly reason: string }
  /** Redis gave no answer, or others have had the lease for longer than a load may take. */
  | { readonly state: "bypass" };

interface Begun {
  /** When the call did. */
  readonly began: Moment;
  readonly entry: Promise<Buffer | null>;
  /** Whether what this process knows of versions may be used. */
  readonly proven: boolean;
}

/** The way of one lookup past the near cache: Redis, then the source under a lease, or the source alone. */
export class ReadThrough<T> {
  readonly #parts: CollectionParts<T>;
  readonly #loads: LeasedLoads<T>;
  readonly #refresher: Refresher<T>;

  constructor(parts: CollectionParts<T>, loads: LeasedLoads<T>, refresher: Refresher<T>) {
    this.#parts = parts;
    this.#loads = loads;
    this.#refresher = refresher;
  }

  /** `entry` was read after the flight began. */
  async lookup(flight: Flight, begun: Begun): Promise<Lookup<T>> {
    const { context, stored } = this.#parts;
    const { id } = flight;
    let found: Found<T>;
    try {
      const judging = stored.judgeOne(await begun.entry, begun.proven);
      const judged = judging instanceof Promise ? await judging : judging;
      found = judged.state === "useless" ? await this.#leaseOrWait(id, judged, begun.proven) : judged;
    } catch (error) {
      reportUnavailable(context, "get", error);
      found = { state: "bypass" };
    }
    switch (found.state) {
      case "fresh":
      case "stale": {
        const refreshes: Refresh<T>[] = [];
        const lookup = this.serve(flight, found, refreshes);
        this.#refresher.start(refreshes);
        return lookup;
      }
      case "leased": {
        const [loaded] = await this.#loads.load([{ id, flight, ...found }]);
        return { value: loaded?.value, tier: found.surely ? "load" : "bypass" };
      }
      case "failed":
        throw new LoadFailedError(context.name, id, found.reason);
      case "bypass":
        return this.#parts.bypasses.lookupOne(flight, begun.began);
    }
  }

  /** Answers with what was found in Redis. Is it time to load it anew, that is added to `refreshes`. */
  serve(flight: Flight, found: Usable<T>, refreshes: Refresh<T>[]): Lookup<T> {
    const { state, bytes, frame, judgedAtMs } = found;
    const { stored, view } = this.#parts;
    const dueMs = stored.dueMs(frame);
    const isDue = state === "stale" || judgedAtMs >= dueMs;
    if (isDue) refreshes.push({ id: flight.id, seen: bytes, previous: frame });
    if (state === "stale") return { value: frame.value, tier: "stale" };
    view.keep(flight, frame, isDue ? Number.POSITIVE_INFINITY : dueMs);
    return { value: frame.value, tier: "redis" };
  }

  /** The right to load the value. Where another one has it, waits for what comes of that. */
  async #leaseOrWait(id: string, missed: Useless<T>, proven: boolean): Promise<Found<T>> {
    const { context, stored, loader } = this.#parts;
    const { reads, name, emit } = context;
    const slot = entrySlot(name, id);
    const token = randomUUID();
    const waitedFor = new Set<string>();
    const giveUpAtMs = performance.now() + loader.leaseMs;
    let { bytes: seen, frame: previous } = missed;
    for (;;) {
      const answer = await this.#loads.acquire("lease", { slot, token, seen });
      if (answer.state === "acquired" || answer.state === "unknown")
        return { state: "leased", slot, token, surely: answer.state === "acquired", previous };
      if (answer.state === "refused") return { state: "bypass" };
      if (answer.state === "failed") return answer;
      if (answer.state === "changed") seen = answer.frame;
      else {
        const leftMs = Math.min(answer.leftMs, giveUpAtMs - performance.now());
        if (leftMs <= 0) return { state: "bypass" };
        emit({ type: "wait", collection: name });
        waitedFor.add(answer.token);
        const fill = await awaitFill(reads, slot, { token: answer.token, leftMs, seen, waitedFor });
        if (fill.state === "filled") seen = fill.frame;
      }
      const found = await stored.judgeOne(seen, proven);
      if (found.state !== "useless") return found;
      previous = found.frame;
    }
  }
}
