import { setTimeout as pause } from "node:timers/promises";
import { type Film, film } from "../film";
import type { Measure } from "../measure";

const callers = 200;
const loadTakesMs = 100;

/** Many callers of one process ask for a film that is nowhere, at the same time as those of the other processes. */
export const coldKey: Measure = async (library, endpoint) => {
  let loads = 0;
  const load = async (id: string): Promise<Film> => {
    loads++;
    await pause(loadTakesMs);
    return film(id);
  };
  const loadMany = async (ids: readonly string[]) =>
    new Map(await Promise.all(ids.map(async (id) => [id, await load(id)] as const)));
  const source = { endpoint, load, loadMany };
  const cache = library.open<Film>({ tiers: "both", ...source }) ?? library.open<Film>({ tiers: "redis", ...source });
  if (cache === undefined) return undefined;
  for (let loadsBefore = -1; loadsBefore !== loads;) {
    loadsBefore = loads;
    await cache.get("film-0"); // until the connection is there
  }
  await Promise.all(Array.from({ length: callers }, async () => cache.get("film-0")));
  return async (round) => {
    loads = 0;
    const id = `film-${1_000_000 + round}`;
    const ask = async () => {
      const begunMs = performance.now();
      if ((await cache.get(id))?.id !== id) throw new Error(`not ${id}`);
      return performance.now() - begunMs;
    };
    const waitsMs = await Promise.all(Array.from({ length: callers }, ask));
    return { loads: [loads], overLoadMs: waitsMs.map((waitMs) => waitMs - loadTakesMs) };
  };
};
