import {
  type CacheEvent,
  type Collection,
  type DueValue,
  guardOf,
  LoadFailedError,
  notModified,
  RedisUnavailableError,
  SharedCache,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { entrySlot } from "../../../toolkit/redis/keys";
import { HeldSource } from "../../support/held-source";
import { MovedClock } from "../../support/moved-clock";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { own, ownRedis } from "../../support/servers";
import { TcpProxy } from "../../support/tcp-proxy";
import { until } from "../../support/until";

const ttlMs = 60_000;
const staleMs = 600_000;
const pastTtlMs = ttlMs + 30_000;

/** A process that reads and hands on, and others that do what it has handed on. */
function fleet(connect: () => ReturnType<typeof connected>, { deadlineMs = 5_000, loadDeadlineMs = 5_000 } = {}) {
  const name = randomUUID();
  const clock = new MovedClock();
  const source = new HeldSource<string>();
  const handedOn: DueValue[] = [];
  const events: CacheEvent[] = [];
  const process = () =>
    new SharedCache({
      redis: connect(),
      deadlineMs,
      clock: clock.read,
      random: () => 0,
      near: { maxStalenessMs: 0 },
      refreshLater: async (values) => void handedOn.push(...values),
      onEvent: (event) => events.push(event),
    }).collection<string>(name, { ttlMs, staleMs, loadDeadlineMs, load: source.load, tags: () => ["all films"] });
  const reader = process();
  /** Loads the first value, lets it become old, and has it handed on. */
  const due = async () => {
    const first = reader.get("42");
    (await source.reached(1)).answer("old");
    await first;
    clock.passMs(pastTtlMs);
    await reader.get("42");
    return until("it is handed on", () => handedOn[0]);
  };
  return { name, clock, source, events, process, reader, due };
}

describe.each(redisModes)("the refresh of a value that was handed on (%s)", (mode) => {
  const fleetHere = () => fleet(() => connected(addressOf(mode)));
  const redis = () => guardOf(connected(addressOf(mode)));

  /** Whoever asks loads. */
  async function expectLoad(collection: Collection<string>, source: HeldSource<string>): Promise<void> {
    const begun = source.loads.length;
    const asked = collection.lookup("42");
    (await source.reached(begun + 1)).answer("newest");
    await expect(asked).resolves.toEqual({ value: "newest", tier: "load" });
  }

  it("stores a new value, which everybody is served then", async () => {
    const { clock, source, process, reader, due } = fleetHere();
    const value = await due();
    const worker = process();
    const refreshed = worker.refresh(value);
    const load = await source.reached(2);
    expect(load.previous).toBe("old");
    await expect(reader.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });
    load.answer("new");
    await expect(refreshed).resolves.toBe("refreshed");
    clock.passMs(-pastTtlMs);
    await expect(worker.lookup("42")).resolves.toEqual({ value: "new", tier: "near" });
    await expect(process().lookup("42")).resolves.toEqual({ value: "new", tier: "redis" });
    expect(source.loads).toHaveLength(2);
  });

  it("loads once for many at once, in one process and in several, and does nothing a second time", async () => {
    const { source, process, due } = fleetHere();
    const value = await due();
    const workers = [process(), process()];
    const asked = [...workers, ...workers].map((worker) => worker.refresh(value));
    const load = await source.reached(2);
    await expect(Promise.any(asked)).resolves.toBe("elsewhere");
    load.answer("new");
    expect((await Promise.all(asked)).sort()).toEqual(["elsewhere", "elsewhere", "elsewhere", "refreshed"]);
    for (const worker of workers) await expect(worker.refresh(value)).resolves.toBe("not-due");
    expect(source.loads).toHaveLength(2);
  });

  it.each<[string, (films: Collection<string>) => Promise<unknown>]>([
    ["was invalidated", (films) => films.invalidate("42")],
    ["has a tag that was outdated", (films) => films.invalidateTags("all films")],
    ["is of a collection that was outdated", (films) => films.invalidateAll()],
    ["was changed through the cache", (films) => films.put("42", () => Promise.resolve("put"))],
  ])("does nothing when the value %s", async (_what, change) => {
    const { source, process, due } = fleetHere();
    const value = await due();
    await change(process());
    await expect(process().refresh(value)).resolves.toBe("not-due");
    expect(source.loads).toHaveLength(1);
  });

  it.each([
    ["what no release can read", "something else"],
    ["nothing", undefined],
  ])("does nothing when %s lies there", async (_what, text) => {
    const { name, source, process, due } = fleetHere();
    const value = await due();
    const { entry } = entrySlot(name, "42");
    await redis().run<unknown>("set", 5_000, (client) =>
      text === undefined ? client.unlink(entry) : client.set(entry, text, "PX", 60_000),
    );
    await expect(process().refresh(value)).resolves.toBe("not-due");
    expect(source.loads).toHaveLength(1);
  });

  it.each<[string, (films: Collection<string>) => Promise<unknown>]>([
    ["it is invalidated", (films) => films.invalidate("42")],
    ["one of its tags is outdated", (films) => films.invalidateTags("all films")],
    ["the collection is outdated", (films) => films.invalidateAll()],
  ])("stores nothing that was loaded before %s", async (_what, change) => {
    const { source, process, reader, due } = fleetHere();
    const refreshed = process().refresh(await due());
    const load = await source.reached(2);
    await change(reader);
    load.answer("as it was before");
    await expect(refreshed).resolves.toBe("outdated");
    await expectLoad(reader, source);
  });

  it("is left to whoever loads the value already", async () => {
    const { name, source, process, due } = fleetHere();
    const value = await due();
    const { lease } = entrySlot(name, "42");
    await redis().run("set", 5_000, (client) => client.set(lease, "another", "PX", 5_000));
    await expect(process().refresh(value)).resolves.toBe("elsewhere");
    expect(source.loads).toHaveLength(1);
  });

  it("fails with the load, isn't tried again at once by anybody, and then succeeds", async () => {
    const { name, source, process, reader, due } = fleetHere();
    const value = await due();
    const worker = process();
    const failing = worker.refresh(value);
    (await source.reached(2)).fail(new RangeError("the source is closed"));
    await expect(failing).rejects.toThrow("the source is closed");
    await expect(process().refresh(value)).rejects.toThrow(new LoadFailedError(name, "42", "RangeError"));
    await expect(reader.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });

    const retried = until("it is tried again", () => worker.refresh(value).catch(() => undefined));
    (await source.reached(3)).answer("new");
    await expect(retried).resolves.toBe("refreshed");
    await expect(reader.get("42")).resolves.toBe("new");
  });

  it("gives the value another lifetime when the source says that it hasn't changed", async () => {
    const { clock, source, process, due } = fleetHere();
    const value = await due();
    const refreshed = process().refresh(value);
    (await source.reached(2)).answer(notModified);
    await expect(refreshed).resolves.toBe("refreshed");
    clock.passMs(-pastTtlMs);
    await expect(process().refresh(value)).resolves.toBe("not-due");
    await expect(process().lookup("42")).resolves.toEqual({ value: "old", tier: "redis" });
  });

  it("loads behind nobody, as its events say", async () => {
    const { source, events, process, due } = fleetHere();
    const refreshed = process().refresh(await due());
    (await source.reached(2)).answer("new");
    await refreshed;
    const loads = events.filter(({ type }) => type === "load");
    expect(loads).toEqual([
      expect.objectContaining({ background: false }),
      expect.objectContaining({ outcome: "loaded", background: true }),
    ]);
  });
});

describe("without Redis, a refresh", () => {
  it.each(["hangs", "is killed"])("rejects when it %s, and loads nothing", async (fault) => {
    const server = await ownRedis();
    const { source, process, due } = fleet(() => connected(reach("single", server.address)), { deadlineMs: 200 });
    const value = await until("redis serves", due);
    const worker = process();
    await until("it is connected", async () => (await worker.lookup("42")).tier === "stale");
    if (fault === "hangs") server.freeze();
    else await server.kill();
    await expect(worker.refresh(value)).rejects.toThrow(RedisUnavailableError);
    await expect(worker.refresh(value)).rejects.toThrow(RedisUnavailableError); // also by the breaker
    expect(source.loads).toHaveLength(1);
  });

  it.each(["hangs", "loses the answer"])("rejects when it %s while the value is stored", async (fault) => {
    const server = await ownRedis();
    const proxy = own(await TcpProxy.start(server.address.port));
    const { source, process, reader, due } = fleet(
      () => connected(reach("single", { ...server.address, port: proxy.port })),
      { deadlineMs: 200, loadDeadlineMs: 1_000 },
    );
    const value = await until("redis serves", due);
    const worker = process();
    await until("it is connected", async () => (await worker.lookup("42")).tier === "stale");
    const refreshed = worker.refresh(value);
    const load = await source.reached(2);
    if (fault === "hangs") proxy.stall();
    else proxy.loseReplies();
    load.answer("new");
    await expect(refreshed).rejects.toThrow(RedisUnavailableError);
    if (fault === "hangs") proxy.resume();
    else proxy.cut();

    // Its lease couldn't be given back, and stands for as long as a load may take.
    const again = until("it is refreshed", async () => {
      const outcome = await worker.refresh(value).catch(() => undefined);
      return outcome === "refreshed";
    });
    (await source.reached(3)).answer("new");
    await again;
    await expect(reader.get("42")).resolves.toBe("new");
  });
});
