import { randomUUID } from "node:crypto";
import { late, orLate } from "../redis/deadline";
import { entrySlot } from "../redis/keys";
import { RedisUnavailableError } from "../redis/unavailable";
import type { BatchedHandOns } from "./batched-hand-ons";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import type { Frame } from "./frame";
import { HandedOn } from "./handed-on";
import type { LeasedLoads } from "./leased-loads";

/** A value that is served, and is to be loaded anew. */
export interface Refresh<T> {
  readonly id: string;
  /** How its frame in Redis begins: it is loaded only if that is still there. */
  readonly seen: Buffer;
  readonly previous: Pick<Frame<T>, "value" | "softExpiryMs" | "hardExpiryMs">;
}

/** How long handing on may take. A queue in Redis gives up sooner. */
const handOnDeadlineMs = 1_000;

/**
 * Has values loaded anew behind the answer: by whoever they are handed on to, or by this process, each under its lease. One
 * caller of the whole fleet loads, the others go on serving.
 */
export class Refresher<T> {
  readonly #parts: CollectionParts<T>;
  readonly #loads: LeasedLoads<T>;
  readonly #underWay = new Set<string>();
  readonly #handedOn: HandedOn;

  constructor(parts: CollectionParts<T>, loads: LeasedLoads<T>) {
    this.#parts = parts;
    this.#loads = loads;
    this.#handedOn = new HandedOn(parts.context.clock);
  }

  /**
   * Returns at once. A refresh that fails is told by an event, and whoever reads the value next tries again. Of one that was
   * handed on nothing is heard; it is handed on again when the value is read some time later and still is due.
   */
  start(refreshes: readonly Refresh<T>[]): void {
    const mine = refreshes.filter(
      ({ id, previous }) => !this.#underWay.has(id) && !this.#handedOn.has(id, previous.softExpiryMs),
    );
    if (mine.length === 0 || !this.#parts.loader.hasTime) return;
    for (const { id } of mine) this.#underWay.add(id);
    const work = this.#handOnOrLoad(mine)
      .catch(() => undefined)
      .finally(() => mine.forEach(({ id }) => this.#underWay.delete(id)));
    this.#parts.context.invocation.waitUntil(work);
  }

  async #handOnOrLoad(refreshes: readonly Refresh<T>[]): Promise<void> {
    const { handOns } = this.#parts.context;
    if (handOns === undefined) return this.#load(refreshes);
    const { later = [], now = [] } = Object.groupBy(refreshes, ({ previous }) => (canWait(previous) ? "later" : "now"));
    await Promise.all([this.#load(now), this.#handOn(handOns, later)]);
  }

  async #handOn(handOns: BatchedHandOns, refreshes: readonly Refresh<T>[]): Promise<void> {
    if (refreshes.length === 0) return;
    const { name, invocation } = this.#parts.context;
    const values = refreshes.map(({ id, previous: { softExpiryMs } }) => ({ collection: name, id, softExpiryMs }));
    const deadlineMs = Math.min(handOnDeadlineMs, invocation.remainingMs());
    try {
      if ((await orLate(handOns.add(values), deadlineMs)) === late)
        throw new RedisUnavailableError("refresh later", "deadline");
      for (const { id, softExpiryMs } of values) this.#handedOn.note(id, softExpiryMs);
    } catch (error) {
      reportUnavailable(this.#parts.context, "refresh later", error);
      // Handing on in vain has taken time, too.
      if (this.#parts.loader.hasTime) await this.#load(refreshes);
    }
  }

  async #load(refreshes: readonly Refresh<T>[]): Promise<void> {
    const { view } = this.#parts;
    const asked = refreshes.map(({ id, seen, previous }) => ({
      id,
      seen,
      previous,
      slot: entrySlot(this.#parts.context.name, id),
      token: randomUUID(),
      flight: view.takeOff(id),
    }));
    try {
      const answers = await Promise.all(asked.map((each) => this.#loads.acquire("refresh", each)));
      const leased = asked.filter((_, at) => answers[at]?.state === "acquired");
      const unsure = asked.filter((_, at) => answers[at]?.state === "unknown");
      await Promise.all(unsure.map((each) => this.#loads.release(each)));
      if (leased.length > 0) await this.#loads.load(leased, true);
    } finally {
      for (const { flight } of asked) view.landed(flight);
    }
  }
}

/** Whether it is served past its soft expiry; else it might end before anybody comes to it. */
function canWait({ softExpiryMs, hardExpiryMs }: Pick<Frame<unknown>, "softExpiryMs" | "hardExpiryMs">): boolean {
  return hardExpiryMs > softExpiryMs;
}
