import {
  type Lease,
  type LeaseLostError,
  type LockEvent,
  type LocksOptions,
  RedisUnavailableError,
} from "@larder/toolkit";
import { MovedClock } from "../../support/moved-clock";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";
import { leaseOf, newLocks, newName } from "./lock-names";

describe("the signal of a lease", () => {
  async function leased(leaseMs: number, more: Partial<LocksOptions> = {}) {
    const clock = new MovedClock();
    const events: LockEvent[] = [];
    const onEvent = (event: LockEvent) => void events.push(event);
    const locks = newLocks(connected(addressOf("single")), { clock: clock.read, onEvent, ...more });
    const name = newName();
    const lease = leaseOf(await locks.acquire(name, { leaseMs }));
    const isLost = () => events.some(({ type }) => type === "lost");
    return { clock, locks, name, lease, isLost };
  }

  it.each([
    [10_000, 9_000],
    [100, 80],
    [20, 10],
    [86_400_000, 86_398_000],
  ])("of a lease of %d ms aborts after %d ms", async (leaseMs, safeMs) => {
    const { clock, lease, isLost } = await leased(leaseMs);
    clock.passMs(safeMs - 1);
    expect([lease.remainingMs(), lease.signal.aborted]).toEqual([1, false]);
    clock.passMs(1);
    expect(lease.remainingMs()).toBe(0);
    expect(lease.signal.aborted).toBe(true);
    expect(lease.signal.reason).toMatchObject({ name: "LeaseLostError", reason: "expired", lock: lease.name });
    expect(isLost()).toBe(true);
    await expect(lease.renew()).resolves.toBe(false);
  });

  it.each(["monotonicMs", "wallMs"] as const)("aborts after a freeze that only %s has seen", async (seen) => {
    const { clock, lease } = await leased(10_000);
    const { signal } = lease;
    clock.now = { ...clock.now, [seen]: clock.now[seen] + 9_000 };
    expect(signal.aborted).toBe(false); // nobody has looked at a clock yet
    expect(lease.signal.aborted).toBe(true);
    expect(signal.aborted).toBe(true);
  });

  it("aborts by itself, before Redis gives the lock to another one", async () => {
    const locks = newLocks(connected(addressOf("single")));
    const name = newName();
    const lease = leaseOf(await locks.acquire(name, { leaseMs: 300 }));
    await new Promise((resolve) => lease.signal.addEventListener("abort", resolve));
    await expect(locks.read(name)).resolves.toMatchObject({ held: true, token: lease.token });
  });

  it("aborts later once the lease was renewed", async () => {
    const { clock, lease } = await leased(10_000);
    clock.passMs(8_000);
    await expect(lease.renew()).resolves.toBe(true);
    clock.passMs(8_999);
    expect(lease.signal.aborted).toBe(false);
    clock.passMs(1);
    expect(lease.signal.aborted).toBe(true);
  });

  it("aborts when Redis says that the lease is over", async () => {
    const { locks, name, lease } = await leased(10_000);
    const { signal } = lease;
    await locks.release(name, lease);
    await expect(lease.renew()).resolves.toBe(false);
    expect(signal.reason).toMatchObject({ name: "LeaseLostError", reason: "refused" });
  });

  it("doesn't abort by a release, nor by time afterwards", async () => {
    const { clock, lease } = await leased(10_000);
    const { signal } = lease;
    await lease.release();
    clock.passMs(20_000);
    expect([lease.remainingMs(), signal.aborted, lease.signal.aborted]).toEqual([0, false, false]);
    await expect(lease.renew()).resolves.toBe(false);
  });
});

describe("withLock", () => {
  const locks = (more: Partial<LocksOptions> = {}) => newLocks(connected(addressOf("single")), more);

  it("returns what the work returns, throws what it throws, and frees the lock", async () => {
    const here = locks();
    const name = newName();
    const options = { leaseMs: 10_000 };
    await expect(here.withLock(name, options, (lease) => Promise.resolve(lease.name))).resolves.toEqual({
      acquired: true,
      value: name,
    });
    await expect(here.withLock(name, options, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(here.read(name)).resolves.toMatchObject({ held: false });
  });

  it("does nothing where the lock is held", async () => {
    const here = locks();
    const name = newName();
    await here.acquire(name, { leaseMs: 10_000 });
    const work = jest.fn();
    await expect(here.withLock(name, { leaseMs: 10_000 }, work)).resolves.toMatchObject({ acquired: false });
    expect(work).not.toHaveBeenCalled();
  });

  it("renews the lease while the work goes on", async () => {
    const here = locks();
    const name = newName();
    await here.withLock(name, { leaseMs: 150 }, async (lease) => {
      const firstEndMs = performance.now() + 150;
      await until("the first lease would be over", () => performance.now() > firstEndMs + 150);
      expect(lease.signal.aborted).toBe(false);
      await expect(here.read(name)).resolves.toMatchObject({ held: true, token: lease.token });
    });
  });

  it("tells the work that the lease is lost while Redis hangs, and returns what it returns", async () => {
    const redis = await ownRedis();
    const here = newLocks(connected(reach("single", redis.address)), { deadlineMs: 100 });
    await until("it is connected", () => here.read("x").then(Boolean, () => false));
    const result = await here.withLock("x", { leaseMs: 500 }, async ({ signal }) => {
      redis.freeze();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return (signal.reason as LeaseLostError).reason;
    });
    redis.thaw();
    expect(result).toEqual({ acquired: true, value: "expired" });
  });

  it("doesn't hide the work's error behind a release that fails", async () => {
    const redis = await ownRedis();
    const here = newLocks(connected(reach("single", redis.address)), { deadlineMs: 100 });
    await until("it is connected", () => here.read("x").then(Boolean, () => false));
    const result = here.withLock("x", { leaseMs: 10_000 }, async () => {
      redis.freeze();
      throw new Error("the work's own");
    });
    await expect(result).rejects.toThrow("the work's own");
    redis.thaw();
  });
});

describe("await using", () => {
  it("releases the lock at the end of the block", async () => {
    const locks = newLocks(connected(addressOf("single")));
    const name = newName();
    {
      await using lease = leaseOf(await locks.acquire(name, { leaseMs: 10_000 }));
      await expect(locks.read(name)).resolves.toMatchObject({ held: true, token: lease.token });
    }
    await expect(locks.read(name)).resolves.toMatchObject({ held: false });
  });

  it("doesn't hide what the block returned behind a release that fails, as release itself does", async () => {
    const { address, servers } = await ownProxiedRedis("single");
    const locks = newLocks(connected(reach("single", address)), { deadlineMs: 100 });
    await until("it is connected", () => locks.read("x").then(Boolean, () => false));
    const other = leaseOf(await locks.acquire("y", { leaseMs: 10_000 }));
    const block = async () => {
      await using lease: Lease = leaseOf(await locks.acquire("x", { leaseMs: 10_000 }));
      servers[0]!.freeze();
      return lease.name;
    };
    await expect(block()).resolves.toBe("x");
    await expect(other.release()).rejects.toThrow(RedisUnavailableError);
    servers[0]!.thaw();
  });
});
