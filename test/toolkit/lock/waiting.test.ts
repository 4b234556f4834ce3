import { type Acquired, type LockEvent, type RedisClient, RedisUnavailableError } from "@larder/toolkit";
import { fork } from "node:child_process";
import { join } from "node:path";
import { lockSlot } from "../../../toolkit/redis/keys";
import { subscriberOf } from "../../../toolkit/redis/subscriber";
import { administer } from "../../support/administer";
import { bundled, pause } from "../../support/process-fleet";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach, type RedisMode, redisModes } from "../../support/redis-clients";
import { own, ownRedis, servers } from "../../support/servers";
import { until } from "../../support/until";
import { leaseOf, newLocks, newName } from "./lock-names";
import type { LockProcessSettings } from "./lock-process";

const longMs = 60_000;

describe.each(redisModes)("those who wait for a lock (%s)", (mode) => {
  const client = () => connected(addressOf(mode));

  /** Somebody who has a lock, and somebody who asks about it. */
  async function held(leaseMs = longMs) {
    const name = newName();
    const locks = newLocks(client());
    const lease = leaseOf(await locks.acquire(name, { leaseMs }));
    const waiters = (count: number) => until(`${count} wait`, async () => (await locks.read(name)).waiters === count);
    return { name, locks, lease, waiters };
  }

  /** In the order in which they came: each in a process' client of its own, or all in one. */
  async function queue(
    { name, waiters }: { readonly name: string; readonly waiters: (count: number) => Promise<unknown> },
    count: number,
    redisOf: (at: number) => RedisClient,
  ) {
    const order: number[] = [];
    const all: Promise<void>[] = [];
    for (let at = 0; at < count; at++) {
      const acquired = newLocks(redisOf(at)).acquire(name, { leaseMs: longMs, waitMs: longMs });
      all.push(
        acquired.then(async (taken) => {
          const lease = leaseOf(taken);
          order.push(at);
          await lease.release();
        }),
      );
      await waiters(at + 1);
    }
    return { order, all: Promise.all(all) };
  }

  it("get it in the order in which they came, from several processes and within one", async () => {
    const lock = await held();
    const clients = [client(), client(), client()];
    const { order, all } = await queue(lock, 9, (at) => clients[at % clients.length]!);
    await lock.lease.release();
    await all;
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("aren't overtaken by a newcomer to whom the lock looks free", async () => {
    const { name, locks, lease, waiters } = await held();
    const first = beginProcess(mode, name, longMs);
    await waiters(1);
    first.freeze();
    await lease.release(); // it is offered to the frozen one
    await expect(locks.acquire(name, { leaseMs: longMs })).resolves.toMatchObject({ acquired: false, reason: "held" });
    await expect(locks.read(name)).resolves.toEqual({ held: false, waiters: 0 });
    first.thaw();
  });

  it("wait no longer than they said, and leave their place", async () => {
    const { name, locks, lease } = await held();
    const acquired = await locks.acquire(name, { leaseMs: longMs, waitMs: 50 });
    expect(acquired).toMatchObject({ acquired: false, reason: "held" });
    expect(!acquired.acquired && acquired.retryAfterMs).toBeGreaterThan(longMs / 2);
    await expect(locks.read(name)).resolves.toMatchObject({ waiters: 0 });
    await lease.release();
    await expect(locks.read(name)).resolves.toMatchObject({ held: false });
  });

  it("wait no longer than the invocation lasts", async () => {
    const { name } = await held();
    const endMs = performance.now() + 50;
    const invocation = { remainingMs: () => endMs - performance.now() };
    const acquired = await newLocks(client(), { invocation }).acquire(name, { leaseMs: longMs, waitMs: longMs });
    expect(acquired.acquired).toBe(false);
  });

  it("get it when its holder died", async () => {
    const name = newName();
    const dead = beginProcess(mode, name, 500);
    await dead.acquired();
    dead.kill();
    leaseOf(await newLocks(client()).acquire(name, { leaseMs: longMs, waitMs: longMs }));
  });

  it.each(["frozen", "dead"])("get it when the first of them is %s", async (state) => {
    const { name, locks, lease, waiters } = await held();
    const first = beginProcess(mode, name, longMs);
    await waiters(1);
    const second = locks.acquire(name, { leaseMs: longMs, waitMs: longMs });
    await waiters(2);
    if (state === "dead") first.kill();
    else first.freeze();
    await lease.release();
    const { token } = leaseOf(await second);
    if (state === "dead") return;
    first.thaw(); // it goes to the end of the queue, and gets it later
    await waiters(1);
    await locks.release(name, leaseOf(await second));
    await first.acquired();
    const now = await locks.read(name);
    expect(now.held && now.token).toBeGreaterThan(token);
  });

  it("get it though the news are lost", async () => {
    const { name, lease, locks } = await held(300);
    const redis = client();
    const waiting = newLocks(redis).acquire(name, { leaseMs: longMs, waitMs: longMs });
    await until("it listens", () => subscriberOf(redis).isListening(lockSlot(name).news));
    // Whatever is told now reaches nobody.
    for (const { host, port } of mode === "single" ? [servers().redis] : servers().cluster.nodes)
      await administer({ ...servers()[mode === "single" ? "redis" : "cluster"], host, port }, (node) =>
        node.client("KILL", "TYPE", "PUBSUB"),
      );
    await lease.release();
    leaseOf(await waiting);
    await expect(locks.read(name)).resolves.toMatchObject({ held: true });
  });

  it("hear nothing any more when nobody of the process waits", async () => {
    const { name, lease } = await held();
    const redis = client();
    const waiting = newLocks(redis).acquire(name, { leaseMs: longMs, waitMs: longMs });
    await until("it listens", () => subscriberOf(redis).isListening(lockSlot(name).news));
    await lease.release();
    await waiting;
    expect(subscriberOf(redis).isListening(lockSlot(name).news)).toBe(false);
  });

  /** Somebody has a lock, and somebody waits for it whose Redis then is gone. */
  async function waitingWithout({ leaseMs, waitMs }: { readonly leaseMs: number; readonly waitMs: number }) {
    const { address, proxies, servers: direct } = await ownProxiedRedis(mode);
    const isGone = { told: false };
    const onEvent = ({ type }: LockEvent) => (isGone.told ||= type === "unavailable");
    const redis = connected(reach(mode, address));
    const locks = newLocks(redis, { deadlineMs: 100, onEvent });
    await until("it is connected", () => locks.read("warm").then(Boolean, () => false));
    const name = newName();
    leaseOf(await locks.acquire(name, { leaseMs }));
    isGone.told = false;
    const waiting = locks.acquire(name, { leaseMs: longMs, waitMs });
    await until("it listens", () => subscriberOf(redis).isListening(lockSlot(name).news));
    await until("it waits", async () => (await locks.read(name)).waiters === 1);
    await locks.read(name); // when it listens it asks once more: this one comes behind it
    for (const proxy of proxies) proxy.lead(undefined);
    const comesBack = () => proxies.forEach((proxy, at) => proxy.lead(direct[at]!.address.port));
    return { waiting, isGone, redis, comesBack };
  }

  it("are told that Redis is gone, not that another one has it, when they have waited for as long as they said", async () => {
    const { waiting } = await waitingWithout({ leaseMs: longMs, waitMs: 1_000 });
    await expect(waiting).rejects.toThrow(RedisUnavailableError);
  });

  it("are told so at once when their own client was disconnected", async () => {
    const { waiting, redis } = await waitingWithout({ leaseMs: longMs, waitMs: longMs });
    redis.disconnect();
    await expect(waiting).rejects.toThrow(RedisUnavailableError);
  });

  it("go on waiting while Redis is gone, and get it when it has come back", async () => {
    const { waiting, isGone, comesBack } = await waitingWithout({ leaseMs: 500, waitMs: longMs });
    await until("a question brought no answer", () => isGone.told);
    comesBack();
    leaseOf(await waiting);
  });

  it("aren't forgotten when connections are cut", async () => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const own = () => newLocks(connected(reach(mode, address)));
    const locks = own();
    await until("it is connected", () => locks.read("warm").then(Boolean, () => false));
    const name = newName();
    const lease = leaseOf(await locks.acquire(name, { leaseMs: longMs }));
    const waiting = [own(), own()].map((each) => each.acquire(name, { leaseMs: 1_000, waitMs: longMs }));
    await until("both wait", async () => (await locks.read(name)).waiters === 2);
    for (const proxy of proxies) proxy.cut();
    await until("it is released", () =>
      lease.release().then(
        () => true,
        () => locks.release(name, lease),
      ),
    );
    await Promise.all(waiting.map(async (each) => leaseOf(await each).release()));
  });
});

it("a process that nobody waits in opens no second connection", async () => {
  const redis = await ownRedis();
  const locks = newLocks(connected(reach("single", redis.address)));
  await leaseOf(await locks.acquire("x", { leaseMs: longMs, waitMs: longMs })).release();
  const clients = await administer(redis.address, (admin) => admin.client("LIST"));
  expect(String(clients).trim().split("\n")).toHaveLength(2); // its own, and the one that asks
});

/** Waits for a lock in a process of its own; ends with the test file. */
function beginProcess(mode: RedisMode, name: string, leaseMs: number) {
  const { host, port, credentials } = addressOf(mode);
  const redis = { host, port, user: credentials!.username, password: credentials!.password() };
  const settings: LockProcessSettings = { mode, redis, name, leaseMs, waitMs: longMs };
  const child = fork(bundled(join(__dirname, "lock-process.ts")), [JSON.stringify(settings)]);
  own({ stop: () => Promise.resolve(void child.kill("SIGKILL")) });
  let answer: Pick<Acquired, "acquired"> | undefined;
  child.on("message", (message) => (answer = message as Pick<Acquired, "acquired">));
  return {
    acquired: () => until("it has the lock", () => answer?.acquired),
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    kill: () => void child.kill("SIGKILL"),
  };
}

it("a request that stops waiting takes nothing from its repetition, which has got the lock, however late Redis hears of it", async () => {
  const { address, proxies, servers: direct } = await ownProxiedRedis("single");
  const near = () => newLocks(connected(reach("single", direct[0]!.address)));
  const [redis, name, others] = [connected(reach("single", address)), newName(), near()];
  const lease = leaseOf(await others.acquire(name, { leaseMs: longMs }));
  const wish = { leaseMs: longMs, holder: "the-same" };
  const begunMs = performance.now();
  const stopped = newLocks(redis).acquire(name, { ...wish, waitMs: 1_000 });
  await until("it waits", async () => (await others.read(name)).waiters === 1);
  await until("it listens", () => subscriberOf(redis).isListening(lockSlot(name).news));
  await pause(50); // it asks once more
  await newLocks(redis).read(name); // and has its answer: this one comes behind it
  const taken = near().acquire(name, { ...wish, waitMs: longMs });
  proxies[0]!.stall();
  await lease.release();
  const { token } = leaseOf(await taken);
  await pause(Math.max(0, begunMs + 1_050 - performance.now())); // it has stopped waiting
  proxies[0]!.resume();
  await stopped; // held, or the same lease if it asked a last time
  await expect(others.read(name)).resolves.toMatchObject({ held: true, token, holder: "the-same" });
  await expect(others.acquire(name, { leaseMs: longMs })).resolves.toMatchObject({ acquired: false, reason: "held" });
});
