import { filmIds, type SmallFilm, smallFilm } from "../film";
import type { Measure } from "../measure";

const entries = 30_000;
const atOnce = 50;

/** What a small film takes in the process beyond its JSON text. Needs `--expose-gc`. */
export const entryMemory: Measure = async (library, endpoint) => {
  const load = (id: string) => Promise.resolve(smallFilm(id));
  const loadMany = (ids: readonly string[]) => Promise.resolve(new Map(ids.map((id) => [id, smallFilm(id)])));
  const source = { endpoint, load, loadMany };
  const cache =
    library.open<SmallFilm>({ tiers: "both", ...source }) ?? library.open<SmallFilm>({ tiers: "near", ...source });
  if (cache === undefined) return undefined;
  const read = async (from: number, to: number) => {
    // Made anew, as those of requests are: a cache that keeps the id has it to itself.
    const ids = filmIds(to).slice(from);
    while (ids.length > 0) await Promise.all(ids.splice(0, atOnce).map((id) => cache.get(id)));
  };
  let end = 5_000;
  await read(0, end); // compiled code and buffers are there
  return async () => {
    const before = memoryInUse();
    const begin = end;
    await read(begin, (end += entries));
    const taken = memoryInUse() - before;
    const encoded = filmIds(end)
      .slice(begin)
      .map((id) => JSON.stringify(smallFilm(id)).length);
    return { bytes: [(taken - encoded.reduce((sum, length) => sum + length)) / entries] };
  };
};

function memoryInUse(): number {
  if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
