import { type LeaseId, type LockEvent, RedisUnavailableError } from "@larder/toolkit";
import { lockSlot } from "../../../toolkit/redis/keys";
import { askForLock } from "../../../toolkit/lock/take";
import { faultyListeners } from "../../support/faulty-listeners";
import { MovedClock } from "../../support/moved-clock";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { until } from "../../support/until";
import { leaseOf, newLocks, newName } from "./lock-names";

describe.each(redisModes)("a lock (%s)", (mode) => {
  const redis = () => connected(addressOf(mode));

  it("is had by one at a time, and by the next one once it is released", async () => {
    const [locks, others] = [newLocks(redis()), newLocks(redis())];
    const name = newName();
    const lease = leaseOf(await locks.acquire(name, { leaseMs: 60_000 }));
    const refused = await others.acquire(name, { leaseMs: 60_000 });
    expect(refused).toMatchObject({ acquired: false, reason: "held" });
    expect(!refused.acquired && refused.retryAfterMs).toBeGreaterThan(30_000);
    await lease.release();
    await lease.release();
    expect(leaseOf(await others.acquire(name, { leaseMs: 60_000 })).token).toBeGreaterThan(lease.token);
  });

  it("may have any name", async () => {
    const locks = newLocks(redis());
    for (const name of ["{a}:b%", "ü 🎬", " "]) leaseOf(await locks.acquire(name, { leaseMs: 60_000 }));
    await expect(locks.acquire("", { leaseMs: 60_000 })).rejects.toThrow(TypeError);
  });

  it("is told about: who has it, until when, and how many wait", async () => {
    const locks = newLocks(redis());
    const name = newName();
    await expect(locks.read(name)).resolves.toEqual({ held: false, waiters: 0 });
    const lease = leaseOf(await locks.acquire(name, { leaseMs: 60_000 }));
    const waiting = locks.acquire(name, { leaseMs: 60_000, waitMs: 60_000 });
    const { token, holder } = lease;
    await until("somebody waits", async () => (await locks.read(name)).waiters === 1);
    await expect(locks.read(name)).resolves.toMatchObject({ held: true, token, holder });
    await lease.release();
    await leaseOf(await waiting).release();
    await expect(locks.read(name)).resolves.toEqual({ held: false, waiters: 0 });
  });

  it("goes to another one when its lease is over, and the old lease can do nothing any more", async () => {
    const locks = newLocks(redis());
    const name = newName();
    const old = leaseOf(await locks.acquire(name, { leaseMs: 50 }));
    const lease = leaseOf(await locks.acquire(name, { leaseMs: 60_000, waitMs: 60_000 }));
    expect(lease.token).toBeGreaterThan(old.token);
    await expect(old.renew()).resolves.toBe(false);
    await expect(locks.renew(name, old, 60_000)).resolves.toBe(0);
    await expect(locks.release(name, old)).resolves.toBe(false);
    await expect(locks.read(name)).resolves.toMatchObject({ held: true, token: lease.token });
  });

  it("is renewed and released by whoever can name token and holder", async () => {
    const locks = newLocks(redis());
    const name = newName();
    const { token, holder } = leaseOf(await locks.acquire(name, { leaseMs: 10_000 }));
    await expect(locks.renew(name, { token, holder: "other" }, 60_000)).resolves.toBe(0);
    await expect(locks.renew(name, { token: token - 1, holder }, 60_000)).resolves.toBe(0);
    await expect(locks.renew(name, { token, holder }, 60_000)).resolves.toBe(60_000);
    await expect(locks.renew(name, { token, holder }, 10)).resolves.toBeGreaterThan(10_000); // never shorter
    await expect(locks.release(name, { token, holder: "other" })).resolves.toBe(false);
    await expect(locks.release(name, { token, holder })).resolves.toBe(true);
    await expect(locks.release(name, { token, holder })).resolves.toBe(true);
    await expect(locks.renew(name, { token, holder }, 60_000)).resolves.toBe(0);
  });

  it.each([undefined, {}, { token: "7.5", holder: "h" }, { token: Number.NaN, holder: "h" }, { token: 7 }])(
    "is neither renewed nor released by %j, which is no lease",
    async (lease) => {
      const events: LockEvent[] = [];
      const locks = newLocks(redis(), { onEvent: (event) => events.push(event) });
      await expect(locks.renew("x", lease as LeaseId, 60_000)).rejects.toThrow("give both as the lease has them");
      await expect(locks.release("x", lease as LeaseId)).rejects.toThrow(TypeError);
      expect(events).toEqual([]); // nothing was asked
    },
  );

  it("is the same lease for the same holder, and over for it once released", async () => {
    const locks = newLocks(redis());
    const name = newName();
    const first = leaseOf(await locks.acquire(name, { leaseMs: 60_000, holder: "request-7" }));
    const again = leaseOf(await locks.acquire(name, { leaseMs: 60_000, holder: "request-7" }));
    expect([again.token, again.holder]).toEqual([first.token, "request-7"]);
    await first.release();
    await expect(locks.acquire(name, { leaseMs: 60_000, holder: "request-7" })).resolves.toMatchObject({
      acquired: false,
      reason: "ended",
    });
  });

  it("has a token that no clock can put back, and that is exact", async () => {
    const client = redis();
    await until("it is connected", () => client.status === "ready");
    const name = newName();
    const { lock } = lockSlot(name);
    const last = 2 ** 52 + 1; // of the year 2112
    const value = Buffer.alloc(17);
    value.writeDoubleBE(last, 1); // free, as lock-script.ts says
    await client.set(lock, value, "PX", 60_000);
    const lease = leaseOf(await newLocks(client).acquire(name, { leaseMs: 60_000 }));
    expect(lease.token).toBe(last + 1);
    expect((await client.getBuffer(lock))?.readDoubleBE(1)).toBe(last + 1);
  });

  it("leaves no key without an end", async () => {
    const client = redis();
    const locks = newLocks(client);
    const name = newName();
    const lease = leaseOf(await locks.acquire(name, { leaseMs: 60_000 }));
    const waiting = locks.acquire(name, { leaseMs: 60_000, waitMs: 50_000 });
    await until("somebody waits", async () => (await locks.read(name)).waiters === 1);
    const { lock, waiters } = lockSlot(name);
    const week = 7 * 86_400_000;
    const endsWithin = async (key: string, ms: number) => {
      const ttl = await client.pttl(key);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(ms);
    };
    await endsWithin(lock, week);
    await endsWithin(waiters, 50_000);
    await lease.release();
    await endsWithin(lock, week);
    await leaseOf(await waiting).release();
    await endsWithin(lock, week);
  });

  it("that was taken by an answer that is lost is had by its caller all the same", async () => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const locks = newLocks(connected(reach(mode, address)));
    for (let round = 0; round < 3; round++) {
      const name = newName();
      await leaseOf(await locks.acquire("warm", { leaseMs: 60_000 })).release();
      for (const proxy of proxies) proxy.cutAfterNextCommand();
      const lease = leaseOf(await locks.acquire(name, { leaseMs: 60_000 }));
      for (const proxy of proxies) proxy.cutAfterNextCommand();
      expect(await lease.renew()).toBe(true);
      for (const proxy of proxies) proxy.cutAfterNextCommand();
      await lease.release();
      expect(leaseOf(await locks.acquire(name, { leaseMs: 60_000 })).token).toBeGreaterThan(lease.token);
    }
  });

  it("isn't taken again by a copy of its acquire that arrives after its release", async () => {
    const client = redis();
    const locks = newLocks(client);
    const name = newName();
    const lease = leaseOf(await locks.acquire(name, { leaseMs: 60_000, holder: "one" }));
    await lease.release();
    const late = await askForLock(client, lockSlot(name), { holder: "one", leaseMs: 60_000, waitMs: 0 });
    expect(late).toEqual({ state: "ended" });
    await expect(locks.read(name)).resolves.toMatchObject({ held: false });
  });
});

describe("acquire", () => {
  it.each([
    [{ leaseMs: 9 }, "leaseMs is 9"],
    [{ leaseMs: 100_000_000 }, "leaseMs is 100000000"],
    [{ leaseMs: 1_000, waitMs: -1 }, "waitMs is -1"],
    [{ leaseMs: 1_000, holder: "with space" }, 'holder is "with space"'],
    [{ leaseMs: 1_000, holder: "" }, 'holder is ""'],
  ])("refuses %j and shows it", async (options, message) => {
    await expect(newLocks(connected(addressOf("single"))).acquire("x", options)).rejects.toThrow(message);
  });

  it("takes nothing for longer than the invocation lasts, and nothing at all at its end", async () => {
    let remainingMs = 5_000.5;
    const invocation = { remainingMs: () => remainingMs };
    const clock = new MovedClock();
    const locks = newLocks(connected(addressOf("single")), { invocation, clock: clock.read });
    const name = newName();
    const lease = leaseOf(await locks.acquire(name, { leaseMs: 60_000 }));
    expect(lease.remainingMs()).toBe(4_500);
    await expect(locks.read(name)).resolves.toMatchObject({ held: true });
    remainingMs = 4_000;
    await expect(lease.renew()).resolves.toBe(true);
    expect(lease.remainingMs()).toBeLessThanOrEqual(4_500);
    remainingMs = 0.5;
    await expect(locks.acquire(newName(), { leaseMs: 60_000 })).resolves.toEqual({
      acquired: false,
      reason: "late",
      retryAfterMs: 0,
    });
  });

  it("gives back a lock whose answer came too late", async () => {
    const clock = new MovedClock();
    const client = connected(addressOf("single"));
    const locks = newLocks(client, {
      clock: () => {
        clock.passMs(1_000); // between any two looks
        return clock.now;
      },
    });
    const name = newName();
    await expect(locks.acquire(name, { leaseMs: 1_000 })).resolves.toMatchObject({ acquired: false, reason: "late" });
    await expect(locks.read(name)).resolves.toEqual({ held: false, waiters: 0 });
  });

  it("tells of what it did", async () => {
    const events: LockEvent[] = [];
    const locks = newLocks(connected(addressOf("single")), { onEvent: (event) => events.push(event) });
    const name = newName();
    await locks.acquire(name, { leaseMs: 60_000 });
    await locks.acquire(name, { leaseMs: 60_000 });
    expect(events).toEqual([
      { type: "acquire", lock: name, outcome: "acquired", waitedMs: expect.any(Number) },
      { type: "acquire", lock: name, outcome: "held", waitedMs: expect.any(Number) },
    ]);
  });

  it.each(faultyListeners)(
    "gives the lease, and does what is to be done under it, though its listener %s",
    async (_, onEvent) => {
      const clock = new MovedClock();
      const locks = newLocks(connected(addressOf("single")), { onEvent, clock: clock.read });
      const lease = leaseOf(await locks.acquire(newName(), { leaseMs: 60_000 }));
      await expect(locks.withLock(newName(), { leaseMs: 60_000 }, async () => 7)).resolves.toMatchObject({ value: 7 });
      clock.passMs(60_000);
      expect(lease.signal.aborted).toBe(true); // which is told of, too
    },
  );

  it("fails when Redis is gone, and tells", async () => {
    const events: LockEvent[] = [];
    const client = connected(reach("single", { host: "127.0.0.1", port: 1, user: "x", password: "x" }));
    const locks = newLocks(client, { deadlineMs: 50, onEvent: (event) => events.push(event) });
    await expect(locks.acquire("x", { leaseMs: 60_000, waitMs: 60_000 })).rejects.toThrow(RedisUnavailableError);
    expect(events).toMatchObject([{ type: "unavailable", lock: "x", operation: "acquire lock" }]);
  });
});
