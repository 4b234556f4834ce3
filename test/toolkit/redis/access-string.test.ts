import { guardOf, SharedCache, type RedisClient } from "@larder/toolkit";
import { lockSlot } from "../../../toolkit/redis/keys";
import { subscriberOf } from "../../../toolkit/redis/subscriber";
import { until } from "../../support/until";
import { leaseOf, newLocks } from "../lock/lock-names";
import { adding, cartSessions, newOwner, signIn } from "../session/cart-sessions";
import { clientAccessString } from "../../../lib/constructs/redis-access";
import type { RedisServer } from "../../../local/servers/redis";
import { addressOf, connected, reach } from "../../support/redis-clients";
import { ownRedis, ownRedisCluster } from "../../support/servers";

/** Sets up, on every node, the user that the infrastructure gives its clients; returns a client signed in as it. */
async function signedInAsClient(nodes: RedisServer[]): Promise<RedisClient> {
  const rules = clientAccessString("larder").split(" ");
  for (const node of nodes) {
    const administrator = connected(reach("single", node.address));
    await guardOf(administrator).run("acl", 5_000, (redis) =>
      redis.call("ACL", "SETUSER", "client", ">secret", ...rules),
    );
  }
  const { host, port } = nodes[0]!.address;
  return connected(reach(nodes.length > 1 ? "cluster" : "single", { host, port, user: "client", password: "secret" }));
}

describe.each([
  ["single", async () => [await ownRedis()]],
  ["cluster", ownRedisCluster],
])("the access string of the infrastructure (%s)", (_mode, start) => {
  it("lets a client use sessions", async () => {
    const store = cartSessions(await signedInAsClient(await start()), { touchEveryMs: 0 });
    const owner = newOwner();
    const { token } = await signIn(store, owner);
    await store.update(token, adding("42"));
    await expect(store.list(owner)).resolves.toMatchObject([{ data: { items: ["42"] } }]);
    await store.destroy(token);
    await store.destroyAll(owner);
  });

  it("lets a client take locks, and wait for them", async () => {
    const redis = await signedInAsClient(await start());
    const locks = newLocks(redis);
    const lease = leaseOf(await locks.acquire("x", { leaseMs: 60_000 }));
    const waiting = locks.acquire("x", { leaseMs: 60_000, waitMs: 60_000 });
    await until("it listens", () => subscriberOf(redis).isListening(lockSlot("x").news));
    await lease.renew();
    await lease.release();
    leaseOf(await waiting);
  });

  it("lets a client connect and use the cache, and forbids what could harm others", async () => {
    const redis = await signedInAsClient(await start());
    const films = new SharedCache({ redis, deadlineMs: 5_000, near: { maxBytes: 0 } }).collection("films", {
      ttlMs: 60_000,
      load: async () => "Slam",
    });
    await films.get("42");
    await expect(films.lookup("42")).resolves.toEqual({ value: "Slam", tier: "redis" });
    await films.invalidate("42");

    const guard = guardOf(redis);
    for (const [command, ...args] of [
      ["FLUSHALL"],
      ["KEYS", "*"],
      ["CONFIG", "GET", "*"],
      ["ACL", "WHOAMI"],
      ["GET", "others:key"],
      ["PUBLISH", "others:channel", ""],
      ["PUBSUB", "CHANNELS"],
    ])
      await expect(guard.run(command!, 5_000, (client) => client.call(command!, ...args))).rejects.toThrow("NOPERM");
  });
});

it("an administrator is not refused, so that the refusals above mean something", async () => {
  const administrator = guardOf(connected(addressOf("single")));
  const config = administrator.run("config", 5_000, (redis) => redis.call("CONFIG", "GET", "maxmemory"));
  await expect(config).resolves.toBeDefined();
});
