import { deepStrictEqual } from "node:assert";
import { film, filmIds } from "../film";
import { fill, type Measure, openFilms, repeat } from "../measure";

const roundMs = 120;

/** A hundred films of about 1 KB in one call, from Redis. */
export const manyKeys: Measure = async (library, endpoint) => {
  const films = openFilms(library, { tiers: "redis", endpoint });
  if (films?.cache.getMany === undefined) return undefined;
  const { getMany } = films.cache;
  const ids = filmIds(100);
  const read = async () => {
    if ((await getMany(ids)).length !== ids.length) throw new Error("some are missing");
    return 1;
  };
  await fill(films, ids);
  deepStrictEqual(await getMany(ids), ids.map(film));
  await repeat(5 * roundMs, read);
  const loadsBefore = films.loads();
  return async () => {
    const perSecond = await repeat(roundMs, read);
    if (films.loads() !== loadsBefore) throw new Error("not all was in Redis");
    return { milliseconds: [1_000 / perSecond] };
  };
};
