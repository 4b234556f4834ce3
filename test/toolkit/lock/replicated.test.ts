/** What becomes of leases when the primary is lost. */
import { type Locks, type LocksOptions, RedisUnavailableError } from "@larder/toolkit";
import { connected, reach } from "../../support/redis-clients";
import { RedisClusterWithReplicas } from "../../support/redis-cluster-with-replicas";
import { ownReplicatedRedis, type ReplicatedRedis } from "../../support/replicated-redis";
import { until } from "../../support/until";
import { leaseOf, newLocks, newName } from "./lock-names";

function locksOn(
  redis: ReplicatedRedis,
  safety: "best-effort" | "replicated",
  more: Partial<LocksOptions> = {},
): Locks {
  const connection = () => connected(reach("single", redis.address));
  return newLocks(connection(), {
    ...(safety === "replicated" && { safety: { replicas: 2, connection: connection() } }),
    ...more,
  });
}

/** On a busy machine replicas may need more than one attempt. */
function acquired(locks: Locks, name: string, leaseMs = 60_000) {
  return until("it is confirmed", async () => {
    const taken = await locks.acquire(name, { leaseMs });
    return taken.acquired && taken.lease;
  });
}

it("a lease that was confirmed is there after the primary is lost, and its token is the greatest", async () => {
  const redis = await ownReplicatedRedis();
  const locks = locksOn(redis, "replicated");
  const name = newName();
  const lease = await acquired(locks, name);
  expect(lease.safety).toBe("replicated");
  await redis.failOver(redis.replicas[1]!, "killed");
  const after = locksOn(redis, "replicated");
  await expect(after.acquire(name, { leaseMs: 60_000 })).resolves.toMatchObject({ acquired: false, reason: "held" });
  await expect(after.read(name)).resolves.toMatchObject({ token: lease.token, holder: lease.holder });
  await after.release(name, lease);
  expect((await acquired(after, name)).token).toBeGreaterThan(lease.token);
}, 60_000);

it("a lease that a replica doesn't have isn't given, and is undone", async () => {
  const redis = await ownReplicatedRedis();
  const locks = locksOn(redis, "replicated");
  const name = newName();
  await acquired(locks, newName()); // the replicas follow
  redis.linkOf(redis.replicas[0]!).stall();
  await expect(locks.acquire(name, { leaseMs: 60_000 })).resolves.toEqual({
    acquired: false,
    reason: "unreplicated",
    retryAfterMs: 1_000,
  });
  await expect(locks.read(name)).resolves.toEqual({ held: false, waiters: 0 });
  redis.linkOf(redis.replicas[0]!).resume();
});

it("a lease that was confirmed stays when it is asked for again and a replica is late with that", async () => {
  const redis = await ownReplicatedRedis();
  const locks = locksOn(redis, "replicated");
  const name = newName();
  await acquired(locks, newName()); // the replicas follow
  const lease = await until("it is confirmed", async () => {
    const taken = await locks.acquire(name, { leaseMs: 60_000, holder: "the-same" });
    return taken.acquired && taken.lease;
  });
  redis.linkOf(redis.replicas[0]!).stall();
  await expect(locks.acquire(name, { leaseMs: 60_000, holder: "the-same" })).resolves.toMatchObject({
    reason: "unreplicated",
  });
  expect(lease.signal.aborted).toBe(false);
  await expect(locks.read(name)).resolves.toMatchObject({ held: true, token: lease.token, holder: "the-same" });
  redis.linkOf(redis.replicas[0]!).resume();
});

it("a renewal that a replica doesn't have doesn't count", async () => {
  const redis = await ownReplicatedRedis();
  const locks = locksOn(redis, "replicated");
  const name = newName();
  const lease = await acquired(locks, name);
  redis.linkOf(redis.replicas[0]!).stall();
  const before = lease.remainingMs();
  await expect(lease.renew()).rejects.toMatchObject({ name: "RedisUnavailableError", reason: "unreplicated" });
  await expect(locks.renew(name, lease, 60_000)).rejects.toMatchObject({ reason: "unreplicated" });
  expect(lease.remainingMs()).toBeLessThan(before);
  expect(lease.signal.aborted).toBe(false);
  redis.linkOf(redis.replicas[0]!).resume();
});

it.each(["killed", "frozen"] as const)(
  "locks of a cluster's shard are given again once its replica has taken over from a primary that is %s",
  async (deposition) => {
    const redis = await RedisClusterWithReplicas.start();
    const connection = () => connected(reach("cluster", redis.address));
    const locks = newLocks(connection(), { safety: { replicas: 1, connection: connection() } });
    const given = (name: string) =>
      until(`${name} is given`, async () => {
        const taken = await locks.acquire(name, { leaseMs: 1_000 }).catch((error: unknown) => {
          if (error instanceof RedisUnavailableError) return { acquired: false } as const;
          throw error;
        });
        return taken.acquired;
      });
    const names = () => Array.from({ length: 12 }, newName); // some of each shard
    for (const name of names()) await given(name);
    await redis.failOver(redis.primaries[1]!, deposition);
    for (const name of names()) await given(name);
  },
  60_000,
);

it("without safety a lost primary forgets who has the lock, so that the tests above mean something; the next token is greater all the same", async () => {
  const redis = await ownReplicatedRedis();
  const locks = locksOn(redis, "best-effort");
  const name = newName();
  await acquired(locksOn(redis, "replicated"), newName()); // the replicas follow
  redis.linkOf(redis.replicas[0]!).stall();
  const lease = leaseOf(await locks.acquire(name, { leaseMs: 60_000 }));
  expect(lease.safety).toBe("best-effort");
  await redis.failOver(redis.replicas[0]!, "killed");
  const after = locksOn(redis, "best-effort");
  expect(leaseOf(await after.acquire(name, { leaseMs: 60_000 })).token).toBeGreaterThan(lease.token);
});

it("a replica, which may not know who has it, gives no lock", async () => {
  const redis = await ownReplicatedRedis();
  const locks = newLocks(connected(reach("single", redis.replicas[0]!.address)), { deadlineMs: 500 });
  await expect(locks.acquire("x", { leaseMs: 60_000 })).rejects.toMatchObject({ name: "RedisUnavailableError" });
  await expect(locks.read("x")).rejects.toMatchObject({ name: "RedisUnavailableError" });
});
