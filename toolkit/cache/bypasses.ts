import type { CollectionContext, Lookup } from "./collection-options";
import type { Flight } from "./flight";
import type { Loader } from "./loader";
import { elapsedMs, type Moment } from "../clock/moment";

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

  /** `began`: when the call did that wants the values. What of them nobody loads yet is loaded at once. */
  async lookup(asked: readonly Flight[], began: Moment): Promise<Map<string, Lookup<T>>> {
    const lookups = new Map<string, Promise<Lookup<T>>>();
    const mine: Flight[] = [];
    for (const each of asked) {
      const ahead = this.#underWay.get(each.id);
      if (ahead !== undefined && this.#isFor(ahead, began)) lookups.set(each.id, ahead.lookup);
      else mine.push(each);
    }
    if (mine.length > 0) for (const [id, lookup] of this.#load(mine)) lookups.set(id, lookup);
    return new Map(await Promise.all([...lookups].map(async ([id, lookup]) => [id, await lookup] as const)));
  }

  async lookupOne(asked: Flight, began: Moment): Promise<Lookup<T>> {
    return (await this.lookup([asked], began)).get(asked.id) ?? { value: undefined, tier: "bypass" };
  }

  #isFor({ begunAt, flight }: Bypass<T>, began: Moment): boolean {
    return !flight.revoked && elapsedMs(begunAt, began) <= this.#context.maxStalenessMs;
  }

  #load(asked: readonly Flight[]): Map<string, Promise<Lookup<T>>> {
    const begunAt = this.#context.clock();
    const loading = this.#loader.load(asked.map(({ id }) => ({ id, previous: undefined })));
    return new Map(
      asked.map((flight, at) => {
        const { id } = flight;
        const lookup = loading.then((loaded): Lookup<T> => ({ value: loaded[at]?.value, tier: "bypass" }));
        const bypass = { begunAt, flight, lookup };
        this.#underWay.set(id, bypass);
        const over = () => {
          if (this.#underWay.get(id) === bypass) this.#underWay.delete(id);
        };
        lookup.then(over, over);
        return [id, lookup];
      }),
    );
  }
}
