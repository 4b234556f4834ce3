import { setTimeout as pause } from "node:timers/promises";
import { type Film, film } from "../film";
import type { Endpoint, Library } from "../library";
import type { Figures, Measure } from "../measure";

const laterGets = 20;
const loadTakesMs = 5;
/** Nobody waits longer. */
export const boundMs = 15_000;

type TimeGet = (id: string) => Promise<number>;

/** The first `get` of a process that begins while nothing listens at Redis' address, and the next ones. */
export const redisAbsent: Measure = (library, endpoint) => {
  // Opened in the round, so that the first call comes as early as it can.
  if (timedGets(library, endpoint) === undefined) return Promise.resolve(undefined);
  return Promise.resolve(() => {
    const timeGet = timedGets(library, endpoint);
    if (timeGet === undefined) throw new Error("it opened only once");
    return measureOutage(timeGet);
  });
};

/** The first `get` after a Redis that was there is gone, and the next ones. */
export const redisLost: Measure = async (library, endpoint) => {
  const timeGet = timedGets(library, endpoint);
  if (timeGet === undefined) return undefined;
  for (const id of ["film-1", "film-2", "film-1"]) await timeGet(id);
  return () => measureOutage(timeGet);
};

/** How much longer a call takes than its load. */
function timedGets(library: Library, endpoint: Endpoint): TimeGet | undefined {
  const loadMs = new Map<string, number>();
  const load = async (id: string): Promise<Film> => {
    const begunMs = performance.now();
    await pause(loadTakesMs);
    loadMs.set(id, performance.now() - begunMs);
    return film(id);
  };
  const loadMany = () => Promise.resolve(new Map<string, Film>());
  const source = { endpoint, load, loadMany, surviveOutage: true };
  const cache = library.open<Film>({ tiers: "both", ...source }) ?? library.open<Film>({ tiers: "redis", ...source });
  return (
    cache &&
    (async (id) => {
      const begunMs = performance.now();
      if ((await cache.get(id))?.id !== id) throw new Error(`not ${id}`);
      return performance.now() - begunMs - (loadMs.get(id) ?? 0);
    })
  );
}

async function measureOutage(timeGet: TimeGet): Promise<Figures> {
  const giveUp = pause(boundMs, undefined, { ref: false });
  const timed = async (id: string) => (await Promise.race([timeGet(id), giveUp])) ?? boundMs;
  const first = await timed("film-1001");
  const later: number[] = [];
  for (let get = 0; get < laterGets && first < boundMs && (later.at(-1) ?? 0) < boundMs; get++)
    later.push(await timed(`film-${2_000 + get}`));
  return { firstMs: [first], laterMs: [later.length === 0 ? boundMs : Math.max(...later)] };
}
