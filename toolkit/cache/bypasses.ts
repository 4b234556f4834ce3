import type { CollectionContext, Lookup } from "./collection-options";
import type { Loader } from "./loader";
import { elapsedMs, type Moment } from "./moment";
import type { Flight } from "./process-view";

interface Bypass<T> {
  readonly begunAt: Moment;
  readonly flight: Flight;
  readonly lookup: Promise<Lookup<T>>;
}

/**
 * Loads past Redis. Without it nothing tells what was changed, but a load that began no earlier than `maxStalenessMs` before
 * a call saw all that this call has a right to see: so they may share it, and a lost Redis costs the source one load for
 * each process and value at a time.
 */
export class Bypasses<T> {
  readonly #context: CollectionContext;
  readonly #loader: Loader<T>;
  readonly #underWay = new Map<string, Bypass<T>>();

  constructor(context: CollectionContext, loader: Loader<T>) {
    this.#context = context;
    this.#loader = loader;
  }

  /** `began`: when the call did that wants the value. */
  lookup(id: string, flight: Flight, began: Moment): Promise<Lookup<T>> {
    const ahead = this.#underWay.get(id);
    if (ahead !== undefined && this.#isFor(ahead, began)) return ahead.lookup;
    const bypass = { begunAt: this.#context.clock(), flight, lookup: this.#load(id) };
    this.#underWay.set(id, bypass);
    const over = () => {
      if (this.#underWay.get(id) === bypass) this.#underWay.delete(id);
    };
    bypass.lookup.then(over, over);
    return bypass.lookup;
  }

  #isFor({ begunAt, flight }: Bypass<T>, began: Moment): boolean {
    return !flight.revoked && elapsedMs(begunAt, began) <= this.#context.maxStalenessMs;
  }

  async #load(id: string): Promise<Lookup<T>> {
    const [loaded] = await this.#loader.load([{ id, previous: undefined }]);
    return { value: loaded?.value, tier: "bypass" };
  }
}
