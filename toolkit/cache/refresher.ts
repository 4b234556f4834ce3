import { randomUUID } from "node:crypto";
import { entrySlot } from "../redis/keys";
import type { CollectionParts } from "./collection-parts";
import type { LeasedLoads } from "./leased-loads";

/** A value that is served, and is to be loaded anew. */
export interface Refresh<T> {
  readonly id: string;
  /** How its frame in Redis begins: it is loaded only if that is still there. */
  readonly seen: Buffer;
  readonly previous: { readonly value: T | undefined };
}

/** Loads values anew behind the answer, each under its lease: one caller of the whole fleet does, the others go on serving. */
export class Refresher<T> {
  readonly #parts: CollectionParts<T>;
  readonly #loads: LeasedLoads<T>;
  readonly #underWay = new Set<string>();

  constructor(parts: CollectionParts<T>, loads: LeasedLoads<T>) {
    this.#parts = parts;
    this.#loads = loads;
  }

  /** Returns at once. A refresh that fails is told by an event, and whoever reads the value next tries again. */
  start(refreshes: readonly Refresh<T>[]): void {
    const mine = refreshes.filter(({ id }) => !this.#underWay.has(id));
    if (mine.length === 0 || !this.#parts.loader.hasTime) return;
    for (const { id } of mine) this.#underWay.add(id);
    const work = this.#refresh(mine)
      .catch(() => undefined)
      .finally(() => mine.forEach(({ id }) => this.#underWay.delete(id)));
    this.#parts.context.invocation.waitUntil(work);
  }

  async #refresh(refreshes: readonly Refresh<T>[]): Promise<void> {
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
