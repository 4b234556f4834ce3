import { filmIds } from "../film";
import { fill, type Measure, openFilms, repeat } from "../measure";

const roundMs = 120;

/** Reads films of about 1 KB from Redis, always `inFlight` at once; nothing is kept in the process. */
export const redisHits =
  (inFlight: number): Measure =>
  async (library, endpoint) => {
    const films = openFilms(library, { tiers: "redis", endpoint });
    if (films === undefined) return undefined;
    const { cache, loads } = films;
    const ids = filmIds(1_000);
    let next = 0;
    const read = async () => {
      const id = ids[next++ % ids.length] ?? "";
      if ((await cache.get(id))?.id !== id) throw new Error(`not ${id}`);
      return 1;
    };
    const readers = async (forMs: number) => {
      const rates = await Promise.all(Array.from({ length: inFlight }, () => repeat(forMs, read)));
      return rates.reduce((sum, rate) => sum + rate);
    };
    await fill(films, ids);
    await readers(5 * roundMs);
    const loadsBefore = loads();
    return async () => {
      const perSecond = await readers(roundMs);
      if (loads() !== loadsBefore) throw new Error("not all was in Redis");
      return { perSecond: [perSecond] };
    };
  };
