import {
  guardOf,
  Queue,
  type QueueEvent,
  type QueueOptions,
  type RedisClient,
  work,
  type WorkOptions,
} from "@larder/toolkit";
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { queueSlot } from "../../../toolkit/redis/keys";
import { administer } from "../../support/administer";
import { bundled } from "../../support/process-fleet";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { faultyListeners } from "../../support/faulty-listeners";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis, servers } from "../../support/servers";
import { until } from "../../support/until";

function queueOn(redis: RedisClient, more: Partial<QueueOptions<number>> = {}) {
  const events: QueueEvent[] = [];
  const name = randomUUID();
  const queue = new Queue<number>({
    redis,
    name,
    parse: Number,
    deadlineMs: 2_000,
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { queue, name, events };
}

const numbers = (count: number) => Array.from({ length: count }, (_, data) => ({ data }));
const idle = { waiting: 0, delayed: 0, inFlight: 0, dead: 0, oldestWaitingMs: 0 };

describe.each(redisModes)("work (%s)", (mode) => {
  const redis = connected(addressOf(mode));

  it("does every job, as many at a time as it may, until none is due", async () => {
    const { queue } = queueOn(redis);
    await queue.add(numbers(500));
    const done: number[] = [];
    let [now, most] = [0, 0];
    const handler = async ({ data }: { readonly data: number }) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      done.push(data);
    };
    await expect(work(queue, handler, { concurrency: 16, untilEmpty: true })).resolves.toEqual({
      done: 500,
      failed: 0,
      unsettled: 0,
    });
    expect(done.toSorted((one, other) => one - other)).toEqual(numbers(500).map(({ data }) => data));
    expect(most).toBe(16);
    await expect(queue.stats()).resolves.toEqual(idle);
  });

  it("does the jobs that a handler adds", async () => {
    const { queue } = queueOn(redis);
    await queue.add([{ data: 20 }]);
    const handler = async ({ data }: { readonly data: number }) => {
      if (data > 0) await queue.add([{ data: data - 1 }]);
    };
    expect(await work(queue, handler, { concurrency: 2, untilEmpty: true })).toMatchObject({ done: 21 });
  });

  it("tries again what fails, and tells of each attempt that did", async () => {
    const { queue } = queueOn(redis, { maxAttempts: 2, backoffMs: () => 0 });
    await queue.add([{ data: 1 }, { data: 2 }]);
    const attempts: number[] = [];
    const handler = async ({ data, attempt }: { readonly data: number; readonly attempt: number }) => {
      attempts.push(attempt);
      if (data === 1) throw new Error("no such mailbox");
      if (attempt === 1) throw new TypeError("busy");
    };
    const told: string[] = [];
    const onFailure: WorkOptions["onFailure"] = (error, { data, attempt }) =>
      void told.push(`${String(data)} ${attempt} ${String(error)}`);
    const options = { concurrency: 4, untilEmpty: true, onFailure };
    const [first, second] = [await work(queue, handler, options), await work(queue, handler, options)];
    expect([first.done + second.done, first.failed + second.failed]).toEqual([1, 3]);
    expect(attempts.toSorted()).toEqual([1, 1, 2, 2]);
    expect(told.toSorted()).toEqual([
      "1 1 Error: no such mailbox",
      "1 2 Error: no such mailbox",
      "2 1 TypeError: busy",
    ]);
    await expect(queue.dead({ max: 5 })).resolves.toMatchObject([{ data: 1, attempts: 2 }]);
  });

  it("says in a dead letter what kind of error it was, and nothing of its words", async () => {
    const { queue } = queueOn(redis, { maxAttempts: 1 });
    const handler = async () => {
      const cause = Object.assign(new Error("Key (email)=(ann@example.com) already exists."), { code: "23505" });
      throw new TypeError("no mail to ann@example.com", { cause });
    };
    await queue.add([{ data: 1 }]);
    await work(queue, handler, { concurrency: 1, untilEmpty: true });
    expect((await queue.dead({ max: 2 })).map(({ reason }) => reason)).toEqual(["TypeError, caused by Error 23505"]);
  });

  it.each(faultyListeners)("goes on though onFailure and onEvent %s", async (_, fault) => {
    const { queue, name } = queueOn(redis, { maxAttempts: 1, visibilityMs: 1, onEvent: fault });
    await queue.add(numbers(3));
    await queue.claim({ max: 1 }); // it lapses, which claims tell of
    const patient = new Queue<number>({ redis, name, parse: Number, maxAttempts: 1, onEvent: fault });
    const handler = async () => {
      throw new RangeError("busy");
    };
    await until("the claim has lapsed", async () => (await queue.stats()).waiting === 3);
    const options = { concurrency: 1, untilEmpty: true, onFailure: fault };
    await expect(work(patient, handler, options)).resolves.toEqual({ done: 0, failed: 2, unsettled: 0 });
    const letters = await patient.dead({ max: 5 });
    expect(letters.map(({ reason }) => reason).toSorted()).toEqual(["RangeError", "RangeError", "its claim lapsed"]);
  });

  it("keeps the claim of a job that takes longer than a claim stands", async () => {
    const { queue, events } = queueOn(redis, { visibilityMs: 200 });
    await queue.add(numbers(3));
    const seen: number[] = [];
    const rival = new AbortController();
    const handler = async ({ data, visibleUntilMs }: { readonly data: number; readonly visibleUntilMs: number }) => {
      seen.push(data);
      await until("the first claim would have lapsed for long", async () => {
        const time = await guardOf(redis).run("time", 2_000, (client) => client.time());
        return Number(time[0]) * 1_000 > visibleUntilMs + 1_000;
      });
    };
    const others = work(queue, handler, { concurrency: 3, signal: rival.signal });
    await expect(work(queue, handler, { concurrency: 3, untilEmpty: true })).resolves.toMatchObject({ unsettled: 0 });
    rival.abort();
    await others;
    expect(seen.toSorted()).toEqual([0, 1, 2]);
    expect(events).toEqual([]);
    await expect(queue.stats()).resolves.toEqual(idle);
  });

  it("waits for jobs until it is told to end, then ends what it has begun and begins nothing", async () => {
    const { queue } = queueOn(redis);
    const end = new AbortController();
    const begun: number[] = [];
    const working = work(
      queue,
      async ({ data }) => {
        begun.push(data);
        end.abort();
        await queue.add([{ data: 3 }]);
      },
      { concurrency: 1, signal: end.signal, minPauseMs: 5, maxPauseMs: 20 },
    );
    await queue.add([{ data: 1 }, { data: 2 }]);
    await expect(working).resolves.toEqual({ done: 1, failed: 0, unsettled: 0 });
    expect(begun).toEqual([1]);
    await expect(queue.stats()).resolves.toMatchObject({ waiting: 2, inFlight: 0 });
  });

  it("ends with what Redis refuses", async () => {
    const { queue, name } = queueOn(redis);
    const { waiting } = queueSlot(name);
    await guardOf(redis).run("set", 2_000, (client) => client.set(waiting, "", "PX", 60_000), waiting);
    await expect(work(queue, async () => undefined, { concurrency: 1 })).rejects.toThrow("WRONGTYPE");
  });

  it("refuses options that can't be", async () => {
    const { queue } = queueOn(redis);
    await expect(work(queue, async () => undefined, { concurrency: 0 })).rejects.toThrow("concurrency is 0");
    await expect(work(queue, undefined as never, { concurrency: 1 })).rejects.toThrow("handler is undefined");
    await expect(work(queue, async () => undefined, { concurrency: 1, onFailure: "log" as never })).rejects.toThrow(
      'onFailure is "log": give a function',
    );
    const pauses = { minPauseMs: 30, maxPauseMs: 20 };
    await expect(work(queue, async () => undefined, { concurrency: 1, ...pauses })).rejects.toThrow("minPauseMs is 30");
    const pause = { concurrency: 1, maxPauseMs: Number.NaN };
    await expect(work(queue, async () => undefined, pause)).rejects.toThrow("maxPauseMs is NaN: give a whole number");
  });
});

it("what there is can be done while Redis is full, but nothing is added", async () => {
  const { address } = await ownRedis();
  const { queue } = queueOn(connected(reach("single", address)), { backoffMs: () => 0 });
  await queue.add(numbers(5));
  await administer(address, (client) => client.config("SET", "maxmemory", 1));
  await expect(queue.add(numbers(1))).rejects.toThrow("OOM");
  const [failed, ...others] = await queue.claim({ max: 3 });
  await queue.nack([failed!.receipt]);
  await queue.release(others.map(({ receipt }) => receipt));
  expect(await work(queue, async () => undefined, { concurrency: 2, untilEmpty: true })).toMatchObject({ done: 5 });
});

describe("work on a Redis that comes and goes", () => {
  async function proxied(more: Partial<QueueOptions<number>> = {}) {
    const { address, proxies, servers } = await ownProxiedRedis("single");
    const client = connected(reach("single", address));
    const { queue, events } = queueOn(client, { deadlineMs: 500, ...more });
    await until("it is connected", () => client.status === "ready");
    return { queue, events, proxy: proxies[0]!, port: servers[0]!.address.port };
  }

  it("gives back jobs that arrive once it was told to end", async () => {
    const { queue, proxy } = await proxied();
    await queue.add(numbers(3));
    const end = new AbortController();
    proxy.stall();
    const working = work(queue, async () => undefined, { concurrency: 2, signal: end.signal });
    end.abort();
    proxy.resume();
    await expect(working).resolves.toEqual({ done: 0, failed: 0, unsettled: 0 });
    await expect(queue.claim({ max: 3 })).resolves.toMatchObject([{ data: 0, attempt: 1 }, { data: 1 }, { data: 2 }]);
  });

  it("acknowledges what was done while Redis was gone, and goes on", async () => {
    const { queue, proxy, port, events } = await proxied();
    await queue.add(numbers(3));
    const done: number[] = [];
    const handler = async ({ data }: { readonly data: number }) => {
      done.push(data);
      if (data !== 0) return;
      proxy.lead(undefined);
      void until("it was missed", () => events.some(({ type }) => type === "unavailable")).then(() => proxy.lead(port));
    };
    const options = { concurrency: 1, untilEmpty: true, maxPauseMs: 50 };
    await expect(work(queue, handler, options)).resolves.toEqual({ done: 3, failed: 0, unsettled: 0 });
    expect(done).toEqual([0, 1, 2]);
  });

  it("gives up what it can't acknowledge when it is to end", async () => {
    const { queue, proxy, port } = await proxied();
    await queue.add(numbers(1));
    const end = new AbortController();
    const handler = async () => {
      proxy.lead(undefined);
      end.abort();
    };
    await expect(work(queue, handler, { concurrency: 1, signal: end.signal })).resolves.toEqual({
      done: 0,
      failed: 0,
      unsettled: 1,
    });
    proxy.lead(port);
  });

  it("rejects once its client is disconnected, when the jobs under way have ended", async () => {
    const client = connected(addressOf("single"));
    const { queue } = queueOn(client);
    await queue.add(numbers(1));
    let ended = 0;
    const handler = async () => {
      client.disconnect();
      await until("it is closed", () => client.status === "end");
      ended++;
    };
    await expect(work(queue, handler, { concurrency: 2, maxPauseMs: 20 })).rejects.toMatchObject({
      name: "RedisUnavailableError",
    });
    expect(ended).toBe(1);
  });

  it("keeps its process until it has said that its client is disconnected", async () => {
    const { host, port, user, password } = servers().redis;
    const settings = JSON.stringify({ mode: "single", host, port, user, password });
    const child = fork(bundled(join(__dirname, "leaving-worker.ts")), [settings]);
    child.disconnect(); // or this would keep it
    await expect(once(child, "exit")).resolves.toEqual([0, null]);
  });

  it("without an answer throws", async () => {
    const { queue, proxy, port, events } = await proxied({ deadlineMs: 100 });
    proxy.stall();
    const unavailable = { name: "RedisUnavailableError" };
    await expect(queue.add(numbers(1))).rejects.toMatchObject({ ...unavailable, reason: "deadline" });
    await expect(queue.claim({ max: 1 })).rejects.toMatchObject(unavailable);
    await expect(queue.stats()).rejects.toMatchObject(unavailable);
    expect(events[0]).toMatchObject({ type: "unavailable", operation: "add", reason: "deadline" });
    proxy.lead(port);
  });
});
