import type { Lookup } from "./collection-options";
import type { Flight } from "./flight";

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

  /** Lets others join until the flight is `over`. */
  announce(flight: Flight, lookup: Promise<Lookup<T>>): void {
    this.#joinables.set(flight.id, { flight, lookup: () => lookup });
  }

  /** Lets others join one of several lookups. */
  announceAll(flights: readonly Flight[], lookups: Promise<Map<string, Lookup<T>>>): void {
    for (const flight of flights) {
      const lookup = async () => (await lookups).get(flight.id) ?? { value: undefined, tier: "bypass" as const };
      this.#joinables.set(flight.id, { flight, lookup });
    }
  }

  over(flight: Flight): void {
    if (this.#joinables.get(flight.id)?.flight === flight) this.#joinables.delete(flight.id);
  }
}
