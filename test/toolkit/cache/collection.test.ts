import { guardOf, Locks, SessionStore, SharedCache, type CacheEvent } from "@larder/toolkit";
import { Cluster } from "ioredis";
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { entrySlot } from "../../../toolkit/redis/keys";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";

interface Film {
  readonly title: string;
}

/** A source that counts its loads. */
function filmSource(films: Record<string, Film | undefined>) {
  const loads: string[] = [];
  const load = async (id: string) => {
    loads.push(id);
    return films[id];
  };
  return { films, loads, load };
}

describe.each(redisModes)("a collection (%s)", (mode) => {
  const redis = () => connected(addressOf(mode));
  const patient = { deadlineMs: 5_000, near: { maxStalenessMs: 0 } };

  const lifetimeMs = (key: string) => guardOf(redis()).run("pttl", 5_000, (client) => client.pttl(key));

  function fleet(films: Record<string, Film | undefined>, ttlMs = 60_000) {
    const name = randomUUID();
    const source = filmSource(films);
    const process = () =>
      new SharedCache({ redis: redis(), ...patient }).collection<Film>(name, { ttlMs, load: source.load });
    return { name, source, one: process(), other: process() };
  }

  it("loads a value once, and serves it to other processes from Redis and then from their own", async () => {
    const { one, other, source } = fleet({ "42": { title: "Slam" } });
    await expect(one.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "load" });
    await expect(one.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "near" });
    await expect(other.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "redis" });
    await expect(other.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "near" });
    expect(source.loads).toEqual(["42"]);
  });

  it("loads anew after the value was invalidated by another process", async () => {
    const { one, other, source } = fleet({ "1": { title: "old" }, "2": { title: "old" } });
    await Promise.all([one.get("1"), one.get("2")]);
    source.films["1"] = source.films["2"] = { title: "new" };
    await other.invalidate(["1", "2"]);
    await expect(Promise.all([one.get("1"), one.get("2")])).resolves.toEqual([{ title: "new" }, { title: "new" }]);
  });

  it("remembers what the source doesn't have for its own, shorter time", async () => {
    const { name, one, other, source } = fleet({});
    await expect(one.lookup("7")).resolves.toEqual({ value: undefined, tier: "load" });
    await expect(other.lookup("7")).resolves.toEqual({ value: undefined, tier: "redis" });
    expect(await lifetimeMs(entrySlot(name, "7").entry)).toBeLessThanOrEqual(10_000);

    source.films["7"] = { title: "Foolish" };
    await other.invalidate("7");
    await expect(one.get("7")).resolves.toEqual({ title: "Foolish" });
  });

  it("gives the same on a load as on a hit: what JSON makes of it", async () => {
    const name = randomUUID();
    const load = async () => ({ day: new Date(0) as unknown as string, gone: undefined });
    const days = new SharedCache({ redis: redis(), ...patient }).collection<{ day: string }>(name, {
      ttlMs: 1_000,
      load,
    });
    const expected = { day: "1970-01-01T00:00:00.000Z" };
    await expect(days.lookup("1")).resolves.toStrictEqual({ value: expected, tier: "load" });
    await expect(days.lookup("1")).resolves.toStrictEqual({ value: expected, tier: "near" });
  });

  it("writes every key with its lifetime", async () => {
    const { name, one } = fleet({ "42": { title: "Slam" } }, 60_000);
    await one.get("42");
    const leftMs = await lifetimeMs(entrySlot(name, "42").entry);
    expect(leftMs).toBeGreaterThan(10_000);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });

  it.each([
    "larder9 1 2 3 json {}\\n{}",
    'larder2 1 2 3 json {}\\n{"title":',
    "larder2 1 2 3 lz9 {}\\n{}",
    "rubbish",
    "",
  ])("takes a frame it can't read for a miss: %j", async (frame) => {
    const { name, one } = fleet({ "42": { title: "Slam" } });
    await guardOf(redis()).run("set", 5_000, (client) => client.set(entrySlot(name, "42").entry, frame, "PX", 60_000));
    await expect(one.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "load" });
  });

  it("serves from the source when the key holds something else, and says so", async () => {
    const { name, source } = fleet({ "42": { title: "Slam" } });
    const events: CacheEvent[] = [];
    const cache = new SharedCache({ redis: redis(), ...patient, onEvent: (event) => events.push(event) });
    await guardOf(redis()).run("lpush", 5_000, (client) => client.lpush(entrySlot(name, "42").entry, "not ours"));
    const films = cache.collection<Film>(name, { ttlMs: 1_000, load: source.load });
    await expect(films.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "bypass" });
    const error = expect.objectContaining({ message: expect.stringContaining("WRONGTYPE") as string }) as Error;
    const told = { type: "unavailable", collection: name, operation: "lease", reason: "failed", error } as const;
    expect(events).toContainEqual(told);
    expect(inspect(events, { depth: 9 })).not.toContain("args"); // of a command, which may hold the value
  });

  it("keeps values longer than what is worth compressing", async () => {
    const { one, other } = fleet({ "42": { title: "Slam ".repeat(5_000) } });
    const loaded = await one.get("42");
    await expect(other.lookup("42")).resolves.toEqual({ value: loaded, tier: "redis" });
  });

  it("gives out values that nobody can change", async () => {
    const { one } = fleet({ "42": { title: "Slam" } });
    const film = await one.get("42");
    expect(() => Object.assign(film!, { title: "mine" })).toThrow(TypeError);
    expect(() => Object.assign(film!, { title: "mine" })).toThrow(TypeError);
  });
});

describe("a lifetime", () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("of %p is refused, and the value shown", (ttlMs) => {
    const cache = new SharedCache({ redis: connected(addressOf("single")) });
    const create = () => cache.collection("films", { ttlMs, load: async () => undefined });
    expect(create).toThrow(new RangeError(`ttlMs of collection films is ${ttlMs}: give a whole number of at least 1`));
  });

  it("that is a string is refused as one", () => {
    const cache = new SharedCache({ redis: connected(addressOf("single")) });
    const create = () => cache.collection("films", { ttlMs: "1000" as unknown as number, load: async () => undefined });
    expect(create).toThrow('ttlMs of collection films is "1000": give a whole number');
  });
});

describe("without Redis", () => {
  async function filmsOnOwnRedis() {
    const redis = await ownRedis();
    const client = connected(reach("single", redis.address));
    const source = filmSource({ "42": { title: "Slam" } });
    const films = new SharedCache({ redis: client, near: { maxBytes: 0, maxStalenessMs: 0 } }).collection<Film>(
      "films",
      { ttlMs: 60_000, load: source.load },
    );
    await until("redis serves", async () => (await films.lookup("42")).tier === "redis");
    return { redis, films, client };
  }

  it("answers from the source while it is down, can't be told that a value changed, and recovers by itself", async () => {
    const { redis, films } = await filmsOnOwnRedis();
    await redis.kill();
    await expect(films.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "bypass" });
    await expect(films.invalidate("42")).rejects.toThrow("redis gave no answer to invalidate");
    await redis.restart();
    await until("redis serves", async () => (await films.lookup("42")).tier === "redis");
  });

  it("answers from the source while it hangs without closing, and recovers by itself", async () => {
    const { redis, films } = await filmsOnOwnRedis();
    redis.freeze();
    for (let call = 0; call < 10; call++)
      await expect(films.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "bypass" });
    redis.thaw();
    await until("redis serves", async () => (await films.lookup("42")).tier === "redis");
  });

  it("answers from the source when it is full and takes no more", async () => {
    const { films, client } = await filmsOnOwnRedis();
    await films.invalidate("42");
    await guardOf(client).run("config", 5_000, (each) => each.call("CONFIG", "SET", "maxmemory", "1"));
    await expect(films.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "bypass" });
    await expect(films.lookup("42")).resolves.toEqual({ value: { title: "Slam" }, tier: "bypass" });
  });
});

it.each([{ near: { maxStalenessMs: Number.NaN } }, { near: { maxBytes: -1 } }, { deadlineMs: 0 }])(
  "a cache with %j is refused",
  (options) => {
    expect(() => new SharedCache({ redis: connected(addressOf("single")), ...options })).toThrow(RangeError);
  },
);

it("a cluster client that reads from replicas is refused: they may be behind", async () => {
  const { host, port } = addressOf("cluster");
  const redis = new Cluster([{ host, port }], { scaleReads: "slave", lazyConnect: true });
  expect(() => new SharedCache({ redis })).toThrow("reads from replicas");
});

it("a change that no replica need have can't be called replicated", () => {
  const safety = { replicas: 0, connection: connected(addressOf("single")) };
  expect(() => new SharedCache({ redis: connected(addressOf("single")), safety })).toThrow("safety.replicas is 0");
});

it.each([
  ["replicated", 'safety is "replicated": give "best-effort", or { replicas, connection }'],
  [{ replicas: 1 }, "safety has no connection"],
])("a safety of %j is refused, whatever is to be safe", (given, message) => {
  const redis = connected(addressOf("single"));
  const safety = given as unknown as "best-effort";
  expect(() => new SharedCache({ redis, safety })).toThrow(message);
  expect(() => new Locks({ redis, safety })).toThrow(message);
  const parse = (json: unknown) => json;
  expect(() => new SessionStore({ redis, idleMs: 1, absoluteMs: 1, parse, safety })).toThrow(message);
});

it("a tag may have any name", async () => {
  let loads = 0;
  const cache = new SharedCache({ redis: connected(addressOf("single")), deadlineMs: 5_000, near: { maxBytes: 0 } });
  const films = cache.collection<string>(randomUUID(), {
    ttlMs: 60_000,
    load: async () => `load ${++loads}`,
    tags: () => ["constructor", "toString", "__proto__", "a b"],
  });
  await films.get("42");
  await expect(films.lookup("42")).resolves.toEqual({ value: "load 1", tier: "redis" });
  await films.invalidateTags("__proto__");
  await expect(films.get("42")).resolves.toBe("load 2");
});
