/** A measure, as the process of one library takes it. */
import { deepStrictEqual } from "node:assert";
import { type Film, film } from "./film";
import type { Endpoint, Library, OpenCache, OpenOptions } from "./library";

/** By name; what a round brought. */
export type Figures = Record<string, number[]>;

/** Takes one round. */
export type Round = (number: number) => Promise<Figures>;

/** Prepares a library for the rounds: opened, filled, warm. `undefined` if it can't do what is measured. */
export type Measure = (library: Library, endpoint: Endpoint) => Promise<Round | undefined>;

/** A library's cache of films, and how often it has asked for one. */
export interface FilmCache {
  readonly cache: OpenCache<Film>;
  readonly loads: () => number;
}

export function openFilms(
  library: Library,
  options: Pick<OpenOptions<Film>, "tiers" | "endpoint">,
): FilmCache | undefined {
  let loads = 0;
  const cache = library.open<Film>({
    ...options,
    load(id) {
      loads++;
      return Promise.resolve(film(id));
    },
    loadMany(ids) {
      loads += ids.length;
      return Promise.resolve(new Map(ids.map((id) => [id, film(id)])));
    },
  });
  return cache && { cache, loads: () => loads };
}

/** Reads all until none has to be loaded any more, and checks each. */
export async function fill({ cache, loads }: FilmCache, ids: readonly string[]): Promise<void> {
  for (let loadsBefore = -1; loadsBefore !== loads();) {
    loadsBefore = loads();
    for (const id of ids) deepStrictEqual(await cache.get(id), film(id));
  }
}

/** How often a second `run` ends, after it was repeated for `forMs`. */
export async function repeat(forMs: number, run: () => Promise<number>): Promise<number> {
  const begunMs = performance.now();
  let count = 0;
  let tookMs: number;
  do {
    count += await run();
    tookMs = performance.now() - begunMs;
  } while (tookMs < forMs);
  return (1_000 * count) / tookMs;
}
