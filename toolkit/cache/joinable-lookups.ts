import type { Lookup } from "./collection-options";
import type { Asked, Flight } from "./process-view";

interface Joinable<T> {
  readonly flight: Flight;
  readonly lookup: () => Promise<Lookup<T>>;
}

/** The lookups that are under way in this process: who asks for the same value may join one until it is revoked. */
export class JoinableLookups<T> {
  readonly #joinables = new Map<string, Joinable<T>>();

  /** A lookup to join. */
  ahead(id: string): Promise<Lookup<T>> | undefined {
    const ahead = this.#joinables.get(id);
    return ahead === undefined || ahead.flight.revoked ? undefined : ahead.lookup();
  }

  /** Lets others join until the lookup is over. */
  announce({ id, flight }: Asked, lookup: Promise<Lookup<T>>): Promise<Lookup<T>> {
    const joinable = { flight, lookup: () => lookup };
    this.#joinables.set(id, joinable);
    const over = () => this.#over(id, joinable);
    lookup.then(over, over);
    return lookup;
  }

  /** Lets others join one of several lookups. */
  async announceAll(
    asked: readonly Asked[],
    lookups: Promise<Map<string, Lookup<T>>>,
  ): Promise<Map<string, Lookup<T>>> {
    const joinables = asked.map(({ id, flight }) => {
      const lookup = async () => (await lookups).get(id) ?? { value: undefined, tier: "bypass" as const };
      const joinable: Joinable<T> = { flight, lookup };
      this.#joinables.set(id, joinable);
      return [id, joinable] as const;
    });
    try {
      return await lookups;
    } finally {
      for (const [id, joinable] of joinables) this.#over(id, joinable);
    }
  }

  #over(id: string, joinable: Joinable<T>): void {
    if (this.#joinables.get(id) === joinable) this.#joinables.delete(id);
  }
}
