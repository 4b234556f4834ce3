import { guardOf, LoadFailedError, SharedCache, type CacheEvent, type Collection } from "@larder/toolkit";
import type { Cluster, Redis } from "ioredis";
import { randomUUID } from "node:crypto";
import { collectionSlot, entrySlot } from "../../../toolkit/redis/keys";
import { primariesOf } from "../../../toolkit/redis/primaries";
import { HeldSource } from "../../support/held-source";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis, ownRedisCluster } from "../../support/servers";
import { until } from "../../support/until";

describe.each(redisModes)("loading under a lease (%s)", (mode) => {
  /** Processes of a fleet, each with a connection of its own. */
  function fleet(processes: number) {
    const source = new HeldSource<string>();
    const name = randomUUID();
    const events: CacheEvent[] = [];
    const collections = Array.from({ length: processes }, () =>
      new SharedCache({
        redis: connected(addressOf(mode)),
        deadlineMs: 5_000,
        near: { maxStalenessMs: 500 },
        onEvent: (event) => events.push(event),
      }).collection<string>(name, {
        ttlMs: 60_000,
        load: source.load,
      }),
    );
    const waiting = (count: number) =>
      until(`${count} wait`, () => events.filter(({ type }) => type === "wait").length >= count);
    return {
      name,
      source,
      waiting,
      collections: collections as [Collection<string>, Collection<string>, ...Collection<string>[]],
    };
  }

  it("calls the source once for a fleet that asks at once, and gives its answer to all", async () => {
    const { source, collections } = fleet(8);
    const asked = collections.flatMap((each) => Array.from({ length: 50 }, () => each.get("42")));
    (await source.reached(1)).answer("Slam");
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["Slam"]));
    expect(source.loads).toHaveLength(1);
  });

  it("never stores a value that was being loaded when its key was invalidated by another process", async () => {
    const { source, collections } = fleet(3);
    const [one, other, third] = collections;
    const asked = one.get("42");
    const load = await source.reached(1);
    await other.invalidate("42");
    load.answer("old");
    await expect(asked).resolves.toBe("old"); // it asked before

    const askedLater = third!.lookup("42");
    (await source.reached(2)).answer("new");
    await expect(askedLater).resolves.toEqual({ value: "new", tier: "load" });
    await expect(one.get("42")).resolves.toBe("new");
  });

  it("never stores a value that was being loaded when its key was invalidated by the same process", async () => {
    const { source, collections } = fleet(2);
    const [one] = collections;
    const asked = one.get("42");
    const load = await source.reached(1);
    await one.invalidate("42");
    const askedLater = one.get("42");
    const laterLoad = await source.reached(2);
    load.answer("old");
    await expect(asked).resolves.toBe("old");
    laterLoad.answer("new");
    await expect(askedLater).resolves.toBe("new");
    await expect(one.get("42")).resolves.toBe("new");
  });

  it("hands a value that couldn't be stored to those who waited for it already, and to nobody else", async () => {
    const { name, source, waiting, collections } = fleet(3);
    const [one, other, third] = collections;
    const asked = one.get("42");
    const load = await source.reached(1);
    const waited = other.get("42");
    await waiting(1);

    // The key is invalidated, and somebody else at once begins to load it who doesn't end.
    const { entry, lease } = entrySlot(name, "42");
    const redis = guardOf(connected(addressOf(mode)));
    await redis.run("multi", 5_000, (client) =>
      client.multi().unlink(entry, lease).set(lease, "somebody", "PX", 60_000).exec(),
    );
    const askedLater = third!.get("42");
    await waiting(3);
    load.answer("old");

    await expect(Promise.all([asked, waited])).resolves.toEqual(["old", "old"]);
    await redis.run("unlink", 5_000, (client) => client.unlink(lease));
    (await source.reached(2)).answer("new");
    await expect(askedLater).resolves.toBe("new");
  });

  it("hands a value over when its key is invalidated, so that not all who waited load one after the other", async () => {
    const { source, waiting, collections } = fleet(3);
    const [one, ...others] = collections;
    const asked = one.get("42");
    const load = await source.reached(1);
    const waited = others.map((each) => each.get("42"));
    await waiting(2);
    await one.invalidate("42");
    const secondLoad = await source.reached(2); // one of them loads now
    await waiting(3); // and the other one waits again
    load.answer("old");
    await expect(Promise.race(waited)).resolves.toBe("old");
    secondLoad.answer("new");
    await expect(asked).resolves.toBe("old");
    expect(new Set(await Promise.all(waited))).toEqual(new Set(["old", "new"]));
    expect(source.loads).toHaveLength(2);
  });

  it("goes on when its holder is gone: the next one loads once the lease has run out", async () => {
    const { name, source, waiting, collections } = fleet(1);
    const { lease } = entrySlot(name, "42");
    await guardOf(connected(addressOf(mode))).run("set", 5_000, (client) => client.set(lease, "the dead", "PX", 2_000));
    const waited = collections[0].lookup("42");
    await waiting(1);
    (await source.reached(1)).answer("Slam");
    await expect(waited).resolves.toEqual({ value: "Slam", tier: "load" });
  });

  it.each([
    ["without an end", ["SET", "x"]],
    ["that would last for ever so long", ["SET", "x", "PX", "600000"]],
  ])("takes a lease %s for none", async (_what, [command, value, ...expiry]) => {
    const { name, source, collections } = fleet(1);
    const redis = guardOf(connected(addressOf(mode)));
    const { lease } = entrySlot(name, "42");
    await redis.run("set", 5_000, (client) => client.call(command!, lease, value!, ...expiry));
    const asked = collections[0].lookup("42");
    (await source.reached(1)).answer("Slam");
    await expect(asked).resolves.toEqual({ value: "Slam", tier: "load" });
  });

  it("shares a failure with those who wait, doesn't try again at once, and stores nothing", async () => {
    const { name, source, waiting, collections } = fleet(2);
    const [one, other] = collections;
    const asked = one.get("42");
    const load = await source.reached(1);
    const waited = other.get("42");
    await waiting(1);
    load.fail(new RangeError("the source is closed"));

    await expect(asked).rejects.toThrow("the source is closed");
    await expect(waited).rejects.toThrow(new LoadFailedError(name, "42", "RangeError"));
    expect(source.loads).toHaveLength(1);

    const retried = until("it is tried again", () => other.get("42").catch(() => undefined));
    (await source.reached(2)).answer("Slam");
    await expect(retried).resolves.toBe("Slam");
  });
});

it("a lease whose reply came too late keeps nobody waiting: it is used, or given back", async () => {
  const redis = await ownRedis();
  const administrator = connected(reach("single", redis.address)) as Redis;
  const collection = () =>
    new SharedCache({ redis: connected(reach("single", redis.address)), deadlineMs: 60 }).collection("films", {
      ttlMs: 60_000,
      load: async (id) => id,
    });
  const [one, other] = [collection(), collection()];
  await until(
    "both are connected",
    async () => (await one.lookup("0")).tier !== "bypass" && (await other.lookup("0")).tier !== "bypass",
  );

  await administrator.call("CLIENT", "PAUSE", "150", "WRITE");
  await expect(one.get("1")).resolves.toBe("1");
  await administrator.call("CLIENT", "UNPAUSE");
  await until("it is over", async () => (await administrator.exists(entrySlot("films", "1").lease)) === 0);
  await expect(other.get("1")).resolves.toBe("1");
});

it("a load that can't be stored because the node of the log hangs leaves no lease behind", async () => {
  const nodes = await ownRedisCluster();
  const films = () =>
    new SharedCache({ redis: connected(reach("cluster", nodes[0]!.address)) }).collection("films", {
      ttlMs: 60_000,
      load: async (id) => id,
    });
  const [one, other] = [films(), films()];
  await until("both are connected", async () => {
    const tiers = await Promise.all([one.lookup("warm"), other.lookup("warm")]);
    return tiers.every(({ tier }) => tier === "near");
  });
  const slots = connected(reach("cluster", nodes[0]!.address)) as Cluster;
  await until("it is connected", () => slots.status === "ready");
  const portOf = (key: string) => primariesOf(slots)(key)?.options.port;
  const log = portOf(collectionSlot("films").log);
  const id = Array.from({ length: 100 }, (_, at) => String(at)).find(
    (each) => portOf(entrySlot("films", each).entry) !== log,
  )!;
  nodes.find(({ address }) => address.port === log)!.freeze();

  await expect(one.get(id)).resolves.toBe(id);
  const { lease } = entrySlot("films", id);
  await expect(guardOf(slots).run("get", 5_000, (client) => client.get(lease))).resolves.toBeNull();
});
