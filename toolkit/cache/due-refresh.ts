import { randomUUID } from "node:crypto";
import { checkId, entrySlot } from "../redis/keys";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import type { DueValue } from "./due-value";
import type { Flight } from "./flight";
import type { Leased, LeasedLoads } from "./leased-loads";
import { LoadFailedError } from "./load-errors";
import type { Stored } from "./stored-values";

/** What came of a refresh that didn't fail. */
export type RefreshOutcome =
  /** It is loaded and stored. */
  | "refreshed"
  /** Another value lies there by now, or none that is served. */
  | "not-due"
  /** Another caller of the fleet loads it now. */
  | "elsewhere"
  /** Something was changed while it was loaded, or may have been, so it isn't stored. */
  | "outdated";

/** Loads a value anew for whom it was handed on to. */
export class DueRefresh<T> {
  readonly #parts: CollectionParts<T>;
  readonly #loads: LeasedLoads<T>;

  constructor(parts: CollectionParts<T>, loads: LeasedLoads<T>) {
    this.#parts = parts;
    this.#loads = loads;
  }

  async run(due: Pick<DueValue, "id" | "softExpiryMs">): Promise<RefreshOutcome> {
    const { view, context } = this.#parts;
    checkId(context.name, due.id);
    const flight = view.takeOff(due.id);
    try {
      const found = await this.#found(due.id);
      if (found.state === "useless" || found.frame.softExpiryMs !== due.softExpiryMs) return "not-due";
      return await this.#leaseAndLoad(flight, found.bytes, found.frame);
    } finally {
      view.landed(flight);
    }
  }

  async #found(id: string): Promise<Stored<T>> {
    const { context, stored } = this.#parts;
    try {
      return await stored.judgeOne(await stored.read(id), false);
    } catch (error) {
      reportUnavailable(context, "refresh", error);
      throw error;
    }
  }

  async #leaseAndLoad(flight: Flight, seen: Buffer, previous: Leased<T>["previous"]): Promise<RefreshOutcome> {
    const { name } = this.#parts.context;
    const lease = { id: flight.id, flight, previous, slot: entrySlot(name, flight.id), token: randomUUID() };
    const answer = await this.#loads.acquire("refresh", { ...lease, seen });
    switch (answer.state) {
      case "acquired":
        return this.#load(lease);
      case "changed":
        return "not-due";
      case "held":
        return "elsewhere";
      case "failed":
        throw new LoadFailedError(name, flight.id, answer.reason);
      case "unknown":
        await this.#loads.release(lease);
        throw answer.error;
      case "refused":
        throw answer.error;
    }
  }

  async #load(lease: Leased<T>): Promise<RefreshOutcome> {
    const [loaded] = await this.#loads.load([lease], true);
    const stored = loaded?.stored ?? "outdated";
    if (stored instanceof Error) throw stored;
    return stored === "stored" ? "refreshed" : "outdated";
  }
}
