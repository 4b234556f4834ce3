import { guardOf, SharedCache, type CacheEvent, type SharedCacheOptions } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { collectionSlot, entrySlot } from "../../../toolkit/redis/keys";
import { primaryNameOf } from "../../../toolkit/redis/primaries";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { MovedClock } from "../../support/moved-clock";
import { ownRedis, ownRedisCluster } from "../../support/servers";
import type { RedisServer } from "../../../local/servers/redis";
import { until } from "../../support/until";

/** A source of several values at once, whose answers a test gives out. */
class HeldManySource {
  readonly loads: { ids: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  absent = new Set<string>();

  readonly loadMany = (ids: readonly string[]): Promise<ReadonlyMap<string, string>> =>
    new Promise((resolve, reject) => {
      const there = ids.filter((id) => !this.absent.has(id));
      this.loads.push({ ids, answer: () => resolve(new Map(there.map((id) => [id, `film ${id}`]))), fail: reject });
    });

  readonly load = async (id: string): Promise<string | undefined> => (await this.loadMany([id])).get(id);

  async reached(count: number) {
    await until(`${count} loads have begun`, () => this.loads.length >= count);
    return this.loads[count - 1]!;
  }
}

const ids = (name: string) => Array.from({ length: 10 }, (_, at) => `${name} ${at}`);
const filmsOf = (...ids: string[]) => new Map(ids.map((id) => [id, `film ${id}`]));

describe.each(redisModes)("several values at once (%s)", (mode) => {
  function fleet(more: Partial<SharedCacheOptions> = {}) {
    const name = randomUUID();
    const source = new HeldManySource();
    const events: CacheEvent[] = [];
    const process = () =>
      new SharedCache({
        redis: connected(addressOf(mode)),
        deadlineMs: 5_000,
        onEvent: (event) => events.push(event),
        ...more,
      }).collection<string>(name, { ttlMs: 60_000, staleMs: 600_000, load: source.load, loadMany: source.loadMany });
    return { name, source, events, one: process(), other: process() };
  }

  const tiers = (events: readonly CacheEvent[]) =>
    events.flatMap((event) => (event.type === "lookup" ? event.tier : []));

  it("are loaded together, then served from Redis and from the process, each in its place", async () => {
    const { source, events, one, other } = fleet();
    const ids = Array.from({ length: 30 }, (_, at) => String(at));
    source.absent.add("7");
    const asked = one.getMany([...ids, "3"]);
    (await source.reached(1)).answer();
    const expected = filmsOf(...ids.filter((id) => id !== "7"));
    await expect(asked).resolves.toEqual(expected);
    expect([...(await asked).keys()]).toEqual([...expected.keys()]);
    expect(source.loads.map((load) => load.ids)).toEqual([ids]);

    await expect(one.getMany(ids)).resolves.toEqual(expected);
    await expect(other.getMany(ids)).resolves.toEqual(expected);
    await expect(other.get("7")).resolves.toBeUndefined();
    expect(source.loads).toHaveLength(1);
    expect(tiers(events)).toEqual(["load", "near", "redis"].flatMap((tier) => ids.map(() => tier)).concat("near"));
  });

  it("are nothing when nothing is asked for", async () => {
    await expect(fleet().one.getMany([])).resolves.toEqual(new Map());
  });

  it("load only what nobody loads yet, and that before they wait for the rest", async () => {
    const { source, one, other } = fleet();
    const first = one.getMany(["1", "2"]);
    const firstLoad = await source.reached(1);
    const alone = one.get("1"); // joins
    const second = other.getMany(["2", "3", "4"]);
    const secondLoad = await source.reached(2);
    expect(source.loads.map(({ ids }) => ids)).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    secondLoad.answer();
    firstLoad.answer();
    await expect(first).resolves.toEqual(filmsOf("1", "2"));
    await expect(second).resolves.toEqual(filmsOf("2", "3", "4"));
    await expect(alone).resolves.toBe("film 1");
    expect(source.loads).toHaveLength(2);
  });

  it("keep nobody waiting for one that lies in Redis while the others are loaded", async () => {
    const { source, one, other } = fleet({ near: { maxBytes: 0 } });
    const first = one.get("1");
    (await source.reached(1)).answer();
    await first;
    const asked = other.getMany(["1", "2", "3"]);
    const load = await source.reached(2);
    await expect(other.lookup("1")).resolves.toEqual({ value: "film 1", tier: "redis" });
    load.fail(new Error("the source is closed"));
    await expect(asked).rejects.toThrow("the source is closed");
  });

  it("leave no lease behind when some of them can't be had, and load the others under theirs", async () => {
    const { name, source, one, other } = fleet();
    const redis = guardOf(connected(addressOf(mode)));
    // On a cluster, some of those that can be had lie on the node of some that can't.
    const [strange, usual] = [ids("strange"), ids("usual")];
    for (const id of strange)
      await redis.run("rpush", 5_000, (client) => client.rpush(entrySlot(name, id).entry, "no frame"));
    const asked = one.getMany([...strange, ...usual]);
    await source.reached(2);
    expect(source.loads.map((load) => load.ids).toSorted()).toEqual([strange, usual]);
    for (const load of source.loads) load.answer();
    await expect(asked).resolves.toEqual(filmsOf(...strange, ...usual));
    for (const id of usual) {
      await expect(redis.run("get", 5_000, (client) => client.get(entrySlot(name, id).lease))).resolves.toBeNull();
      await expect(other.lookup(id)).resolves.toEqual({ value: `film ${id}`, tier: "redis" });
    }
  });

  it("fail together when their load fails", async () => {
    const { source, one } = fleet();
    const asked = one.getMany(["1", "2"]);
    (await source.reached(1)).fail(new Error("the source is closed"));
    await expect(asked).rejects.toThrow("the source is closed");
    await expect(one.get("2")).rejects.toThrow("failed: Error");
  });

  it("don't keep what was invalidated while it was loaded", async () => {
    const { source, one, other } = fleet();
    const asked = one.getMany(["1", "2"]);
    const load = await source.reached(1);
    await other.invalidate("1");
    load.answer();
    await asked;
    const again = other.getMany(["1", "2"]);
    (await source.reached(2)).answer();
    await expect(again).resolves.toEqual(filmsOf("1", "2"));
    expect(source.loads[1]?.ids).toEqual(["1"]);
  });

  it("are invalidated together, in whatever slots they are", async () => {
    const { source, one, other } = fleet({ near: { maxStalenessMs: 0 } });
    const ids = Array.from({ length: 20 }, (_, at) => String(at));
    const asked = one.getMany(ids);
    (await source.reached(1)).answer();
    await asked;
    await other.invalidate(ids);
    const again = one.getMany(ids);
    (await source.reached(2)).answer();
    await again;
    expect(source.loads[1]?.ids).toEqual(ids);
  });

  it("are served past their lifetime, and loaded anew together behind the answer", async () => {
    const clock = new MovedClock();
    const { source, events, one } = fleet({ clock: clock.read });
    const asked = one.getMany(["1", "2", "3"]);
    (await source.reached(1)).answer();
    await asked;
    clock.passMs(90_000);
    await expect(one.getMany(["1", "2", "3"])).resolves.toEqual(filmsOf("1", "2", "3"));
    expect(tiers(events).slice(3)).toEqual(["stale", "stale", "stale"]);
    const again = await source.reached(2);
    expect(again.ids).toEqual(["1", "2", "3"]);
    again.answer();
    await until("they are loaded", () => events.filter(({ type }) => type === "load").length === 2);
  });
});

it("several values at once are one read", async () => {
  const redis = connected(reach("single", (await ownRedis()).address));
  const source = new HeldManySource();
  const films = new SharedCache({ redis, deadlineMs: 5_000, near: { maxBytes: 0 } }).collection<string>("films", {
    ttlMs: 60_000,
    load: source.load,
    loadMany: source.loadMany,
  });
  const asked = films.getMany(["1", "2", "3"]);
  (await source.reached(1)).answer();
  await asked;
  await guardOf(redis).run("reset", 5_000, (client) => client.call("CONFIG", "RESETSTAT"));
  await films.getMany(["1", "2", "3"]);
  const statistics = await guardOf(redis).run("info", 5_000, (client) => client.info("commandstats"));
  expect(statistics).toMatch(/cmdstat_mget:calls=1,/);
  expect(statistics).not.toMatch(/cmdstat_(get|evalsha):/);
});

it("several values at once come from the source by one load, which others share, while Redis is gone", async () => {
  const redis = await ownRedis();
  await redis.stop();
  const source = new HeldManySource();
  const films = new SharedCache({ redis: connected(reach("single", redis.address)) }).collection<string>("films", {
    ttlMs: 60_000,
    load: source.load,
    loadMany: source.loadMany,
  });
  const asked = films.getMany(["1", "2", "3"]);
  await source.reached(1);
  const others = Array.from({ length: 100 }, () => films.getMany(["2", "4"]));
  const second = await source.reached(2);
  source.loads[0]!.answer();
  second.answer();
  await expect(asked).resolves.toEqual(filmsOf("1", "2", "3"));
  await expect(Promise.all(others)).resolves.toEqual(Array(100).fill(filmsOf("2", "4")));
  expect(source.loads.map(({ ids }) => ids)).toEqual([["1", "2", "3"], ["4"]]);
});

it("several values at once are loaded under their leases but for those of a node that hangs", async () => {
  const nodes = await ownRedisCluster();
  const address = reach("cluster", nodes[0]!.address);
  const loads: string[] = [];
  const films = () =>
    new SharedCache({ redis: connected(address), deadlineMs: 300 }).collection<string>("films", {
      ttlMs: 60_000,
      load: (id) => Promise.resolve(`film ${id}`),
      loadMany: (ids) => {
        loads.push(ids.join());
        return Promise.resolve(filmsOf(...ids));
      },
    });
  const [one, other] = [films(), films()];
  await until("both are connected", async () => {
    const tiers = await Promise.all([one.lookup("warm"), other.lookup("warm")]);
    return tiers.every(({ tier }) => tier === "near");
  });
  const client = connected(address);
  await until("it is connected", () => client.status === "ready");
  const hasKey = (node: RedisServer, key: string) =>
    primaryNameOf(client, key)?.endsWith(`:${node.address.port}`) === true;

  const ids = Array.from({ length: 20 }, (_, at) => String(at));
  const hung = nodes.find((node) => !hasKey(node, collectionSlot("films").log))!;
  const isHung = (id: string) => hasKey(hung, entrySlot("films", id).entry);
  const answering = ids.filter((id) => !isHung(id));
  hung.freeze();
  await expect(one.getMany(ids)).resolves.toEqual(filmsOf(...ids));
  expect(loads.toSorted()).toEqual([answering.join(), ids.filter(isHung).join()].toSorted());

  await expect(other.getMany(answering)).resolves.toEqual(filmsOf(...answering));
  expect(loads).toHaveLength(2); // the answering nodes have them
});

function filmsLoadedBy(loadMany: () => Promise<ReadonlyMap<string, string>>) {
  const name = randomUUID();
  const cache = new SharedCache({ redis: connected(addressOf("single")), deadlineMs: 5_000 });
  return { name, films: cache.collection<string>(name, { ttlMs: 60_000, load: async () => "x", loadMany }) };
}

it("several values at once of a collection without loadMany are refused, and told what to do instead", async () => {
  const cache = new SharedCache({ redis: connected(addressOf("single")) });
  const films = cache.collection<string>("films", { ttlMs: 1, load: () => Promise.resolve("x") });
  await expect(films.getMany(["1"])).rejects.toThrow("films has no loadMany: give it one, or call get for each id");
});

it("several values at once are no string, whose letters would be ids", async () => {
  const { name, films } = filmsLoadedBy(() => Promise.resolve(new Map()));
  const remedy = new TypeError(`the ids of collection ${name} are "42": give an array of strings`);
  await expect(films.getMany("42" as unknown as string[])).rejects.toThrow(remedy);
});

it.each([
  [new Map([[1, "film 1"]]), "a Map with the key 1: give strings as keys"],
  [{ 1: "film 1" }, "[object Object]: give a Map of the values by their ids"],
  [undefined, "undefined: give a Map of the values by their ids"],
])("several values at once that loadMany answers as %p are refused", async (answer, message) => {
  const { name, films } = filmsLoadedBy(() => Promise.resolve(answer as unknown as Map<string, string>));
  await expect(films.getMany(["1", "2"])).rejects.toThrow(new TypeError(`loadMany of ${name} answered ${message}`));
});
