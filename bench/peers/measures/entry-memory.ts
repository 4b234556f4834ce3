import { setTimeout as pause } from "node:timers/promises";
import { filmIds, type SmallFilm, smallFilm } from "../film";
import type { Measure } from "../measure";

const entries = 30_000;
const atOnce = 50;

/** What a small film takes in the process beyond its JSON text. Needs `--expose-gc`. */
export const entryMemory: Measure = async (library, endpoint) => {
  let loads = 0;
  const load = (id: string) => {
    loads++;
    return Promise.resolve(smallFilm(id));
  };
  const loadMany = (ids: readonly string[]) => Promise.resolve(new Map(ids.map((id) => [id, smallFilm(id)])));
  const source = { endpoint, load, loadMany };
  const cache =
    library.open<SmallFilm>({ tiers: "both", ...source }) ?? library.open<SmallFilm>({ tiers: "near", ...source });
  if (cache === undefined) return undefined;
  /** Until none is loaded any more: one that was read past a slow Redis isn't kept. */
  const read = async (from: number, to: number) => {
    for (let loadsBefore = -1; loadsBefore !== loads;) {
      loadsBefore = loads;
      // Made anew, as those of requests are: a cache that keeps the id has it to itself.
      const ids = filmIds(to).slice(from);
      while (ids.length > 0) await Promise.all(ids.splice(0, atOnce).map(async (id) => cache.get(id)));
    }
  };
  let end = 20_000;
  await read(0, end); // compiled code and buffers are there
  return async () => {
    const before = await memoryInUse();
    const begin = end;
    await read(begin, (end += entries));
    const taken = (await memoryInUse()) - before;
    const encoded = filmIds(end)
      .slice(begin)
      .map((id) => JSON.stringify(smallFilm(id)).length);
    return { bytes: [(taken - encoded.reduce((sum, length) => sum + length)) / entries] };
  };
};

/** Once it is the same twice: what is freed by one collection may let the next one free more. */
async function memoryInUse(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
  for (let before = Number.NaN; ;) {
    globalThis.gc();
    await pause(100);
    const { heapUsed, external } = process.memoryUsage();
    if (Math.abs(heapUsed + external - before) < 10_000) return heapUsed + external;
    before = heapUsed + external;
  }
}
