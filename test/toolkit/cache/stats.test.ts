import { SharedCache, type CacheEvent } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { faultyListeners } from "../../support/faulty-listeners";
import { addressOf, connected } from "../../support/redis-clients";

function patientCache(onEvent?: (event: CacheEvent) => void, maxBytes?: number) {
  return new SharedCache({
    redis: connected(addressOf("single")),
    deadlineMs: 5_000,
    near: maxBytes === undefined ? {} : { maxBytes },
    ...(onEvent && { onEvent }),
  });
}

const load = (id: string) => {
  if (id === "broken") return Promise.reject(new Error("the source is closed"));
  return Promise.resolve(id === "absent" ? undefined : `film ${id}`);
};

describe("what a cache counts", () => {
  it("is each answer by where it came from, each load, and what it keeps", async () => {
    const cache = patientCache();
    const films = cache.collection<string>(randomUUID(), { ttlMs: 60_000, load });
    for (const id of ["1", "1", "absent", "2"]) await films.get(id);
    await films.get("broken").catch(() => undefined);
    const [stats] = Object.values(cache.stats());
    expect(stats).toMatchObject({ near: 1, load: 3, redis: 0, stale: 0, bypass: 0, waits: 0, unavailable: 0 });
    expect(stats).toMatchObject({ loads: 3, failedLoads: 1, rejectedLoads: 0, evictions: 0, nearEntries: 3 });
    expect(stats?.loadMs).toBeGreaterThan(0);
    expect(stats?.nearBytes).toBeGreaterThan(0);
  });

  it("is what was thrown out to make room", async () => {
    const events: CacheEvent[] = [];
    const cache = patientCache((event) => events.push(event), 100);
    const films = cache.collection<string>("films that don't fit", { ttlMs: 60_000, load });
    for (let id = 0; id < 10; id++) await films.get(String(id));
    const stats = cache.stats()["films that don't fit"];
    expect(stats?.nearBytes).toBeLessThanOrEqual(100);
    expect(stats?.evictions).toBe(10 - (stats?.nearEntries ?? 0));
    expect(events.filter(({ type }) => type === "evict")).toHaveLength(stats?.evictions ?? 0);
  });

  it.each(faultyListeners)("is told to a listener that %s, and fails nobody", async (_, onEvent) => {
    const cache = patientCache(onEvent);
    const films = cache.collection<string>(randomUUID(), { ttlMs: 60_000, load });
    await expect(films.get("1")).resolves.toBe("film 1");
  });
});

it("a collection that a cache has already is refused: its counts and its memory are one", () => {
  const cache = patientCache();
  cache.collection("films", { ttlMs: 1, load });
  expect(() => cache.collection("films", { ttlMs: 1, load })).toThrow("has a collection films already: share that one");
});
