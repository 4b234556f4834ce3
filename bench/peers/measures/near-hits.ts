import { filmIds } from "../film";
import { fill, type Measure, openFilms, repeat } from "../measure";

const roundMs = 60;

/** `await get(id)` of a thousand films that the process has, one after the other; with Redis behind it where there are two tiers. */
export const nearHits: Measure = async (library, endpoint) => {
  const films = openFilms(library, { tiers: "both", endpoint }) ?? openFilms(library, { tiers: "near", endpoint });
  if (films === undefined) return undefined;
  const { cache, loads } = films;
  const ids = filmIds(1_000);
  const readAll = async () => {
    for (const id of ids) if ((await cache.get(id)) === undefined) throw new Error(`${id} is missing`);
    return ids.length;
  };
  await fill(films, ids);
  await repeat(5 * roundMs, readAll);
  const loadsBefore = loads();
  return async () => {
    const perSecond = await repeat(roundMs, readAll);
    if (loads() !== loadsBefore) throw new Error("not all was near");
    return { perSecond: [perSecond] };
  };
};
