import { guardOf, RedisUnavailableError } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { primariesOf } from "../../../toolkit/redis/primaries";
import { BatchedReads } from "../../../toolkit/redis/batched-reads";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis, ownRedisCluster } from "../../support/servers";
import { administer } from "../../support/administer";
import { moveSlot } from "../../support/resharding";
import { until } from "../../support/until";

describe.each(redisModes)("reads of one tick (%s)", (mode) => {
  it("are answered each with its own value, however many keys and slots there are", async () => {
    const guard = guardOf(connected(addressOf(mode)));
    const keys = Array.from({ length: 500 }, () => randomUUID());
    await guard.run("set", 5_000, (client) =>
      Promise.all(keys.map((key) => client.set(key, `value of ${key}`, "PX", 60_000))),
    );

    const reads = new BatchedReads(guard, 5_000);
    const [absent, ...values] = await Promise.all(["there is no such key", ...keys].map((key) => reads.get(key)));
    expect(absent).toBeNull();
    expect(values.map(String)).toEqual(keys.map((key) => `value of ${key}`));
  });
});

it("reads of one tick are one command to a single primary, also for one key asked for often", async () => {
  const client = connected(reach("single", (await ownRedis()).address));
  const guard = guardOf(client);
  const reads = new BatchedReads(guard, 5_000);
  await Promise.all(["a", "b", "a", "a"].map((key) => reads.get(key)));
  await reads.get("a");
  const statistics = await guard.run("info", 5_000, (redis) => redis.info("commandstats"));
  expect(statistics).toMatch(/cmdstat_mget:calls=2,/);
  expect(statistics).not.toMatch(/cmdstat_get:/);
});

it("a read sees what was written before it was asked for, though another one was sent before", async () => {
  const client = connected(addressOf("single"));
  await until("it is connected", () => client.status === "ready");
  const guard = guardOf(client);
  const reads = new BatchedReads(guard, 5_000);
  const key = randomUUID();
  const before = reads.get(key);
  await new Promise((resolve) => setImmediate(resolve)); // it is sent at the end of the tick
  await guard.run("set", 5_000, (client) => client.set(key, "new", "PX", 60_000));
  const after = reads.get(key);
  expect([await before, String(await after)]).toEqual([null, "new"]);
});

it("reads go on when slots move to another node of a cluster", async () => {
  const nodes = await ownRedisCluster();
  const client = connected(reach("cluster", nodes[0]!.address));
  const guard = guardOf(client);
  const keys = Array.from({ length: 40 }, (_, at) => `{tag}${at}`);
  await guard.run("set", 5_000, (redis) => Promise.all(keys.map((key) => redis.set(key, key, "PX", 60_000))));

  const addresses = nodes.map(({ address }) => address);
  const slot = await administer(addresses[0]!, (redis) => redis.cluster("KEYSLOT", "tag"));
  const from = addresses.find(({ port }) => port === primariesOf(client)("{tag}")?.options.port)!;
  await moveSlot(
    slot,
    from,
    addresses.find((address) => address !== from)!,
    addresses,
    () => Promise.resolve(),
  );
  const reads = new BatchedReads(guard, 5_000);
  const values = await Promise.all(keys.map((key) => reads.get(key)));
  expect(values.map(String)).toEqual(keys);
});

it("reads fail together when no answer comes", async () => {
  const redis = await ownRedis();
  const client = connected(reach("single", redis.address));
  const reads = new BatchedReads(guardOf(client), 30);
  await until("it is connected", () => client.status === "ready");
  redis.freeze();
  const outcomes = await Promise.allSettled(["a", "b"].map((key) => reads.get(key)));
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(RedisUnavailableError) });
});
