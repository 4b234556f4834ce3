import {
  type CacheEvent,
  type CollectionOptions,
  type DueValue,
  type Invocation,
  Queue,
  SharedCache,
  type SharedCacheOptions,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { HeldSource } from "../../support/held-source";
import { MovedClock } from "../../support/moved-clock";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";

const ttlMs = 60_000;
const staleMs = 600_000;
/** The clock that is moved is somewhat behind Redis'. */
const pastTtlMs = ttlMs + 30_000;

describe.each(redisModes)("a value that is due, where refreshes are handed on (%s)", (mode) => {
  /** Takes what is handed on and does nothing about it, unless a test says otherwise. */
  function process(more: Partial<SharedCacheOptions & CollectionOptions<string>> = {}) {
    const name = randomUUID();
    const clock = new MovedClock();
    const source = new HeldSource<string>();
    const calls: (readonly DueValue[])[] = [];
    const events: CacheEvent[] = [];
    const works: Promise<void>[] = [];
    const left = { ms: 5_000 };
    const invocation: Invocation = { remainingMs: () => left.ms, waitUntil: (work) => works.push(work) };
    const cache = new SharedCache({
      redis: connected(addressOf(mode)),
      deadlineMs: 5_000,
      clock: clock.read,
      random: () => 0,
      invocation,
      onEvent: (event) => events.push(event),
      refreshLater: (values) => Promise.resolve(calls.push(values)),
      ...more,
    });
    const loadMany = async (ids: readonly string[]) => {
      clock.passMs(1_000); // it takes a second
      return new Map(ids.map((id) => [id, `old ${id}`]));
    };
    const options = { ttlMs, staleMs, load: source.load, loadMany, ...more };
    const films = cache.collection<string>(name, options);
    const loaded = async () => {
      const first = films.get("42");
      (await source.reached(1)).answer("old");
      await first;
    };
    /** What goes on behind the answers is done. */
    const settled = () => Promise.all(works);
    return { name, clock, source, calls, events, works, left, settled, cache, options, films, loaded };
  }

  const due = (collection: string, id = "42") => ({ collection, id, softExpiryMs: expect.any(Number) });
  const stale = { value: "old", tier: "stale" };

  it("is handed on once, served meanwhile, and loaded by no reader", async () => {
    const { name, clock, source, calls, settled, films, loaded } = process();
    await loaded();
    clock.passMs(pastTtlMs);
    await expect(films.lookup("42")).resolves.toEqual(stale);
    await settled();
    await expect(Promise.all([films.lookup("42"), films.lookup("42")])).resolves.toEqual([stale, stale]);
    await settled();
    expect(calls).toEqual([[due(name)]]);
    expect(source.loads).toHaveLength(1);
  });

  it("is handed on before its lifetime ends, when it is due by chance", async () => {
    const { name, clock, source, calls, settled, films } = process({ random: () => 0.999_999 }); // lives 54 s
    const asked = films.get("42");
    const first = await source.reached(1);
    clock.passMs(1_000); // it takes a second
    first.answer("old");
    await asked;
    clock.passMs(41_000);
    await expect(films.lookup("42")).resolves.toEqual({ value: "old", tier: "near" });
    await expect(films.lookup("42")).resolves.toEqual({ value: "old", tier: "near" });
    await settled();
    expect(calls).toEqual([[due(name)]]);
    expect(source.loads).toHaveLength(1);
  });

  it("is handed on by one call with all others of the tick, whichever their collection", async () => {
    const { name, clock, calls, settled, cache, options, films } = process({
      random: () => 0.999_999,
      near: { maxStalenessMs: ttlMs },
    });
    const otherName = randomUUID();
    const other = cache.collection<string>(otherName, options);
    const readBoth = () => Promise.all([films.getMany(["1", "2"]), other.getMany(["3", "4"])]);
    await readBoth();
    clock.passMs(41_000);
    await readBoth();
    await settled();
    expect(calls).toEqual([[due(name, "1"), due(name, "2"), due(otherName, "3"), due(otherName, "4")]]);
  });

  it("is handed on again when nothing comes of it, and in the end loaded by a reader", async () => {
    const { clock, source, calls, settled, films, loaded } = process();
    await loaded();
    clock.passMs(pastTtlMs);
    for (const passMs of [0, 9_999, 1]) {
      clock.passMs(passMs);
      await expect(films.lookup("42")).resolves.toEqual(stale);
      await settled();
    }
    expect(calls).toHaveLength(2);
    expect(calls[1]).toEqual(calls[0]);
    expect(source.loads).toHaveLength(1);

    clock.passMs(staleMs);
    const asked = films.lookup("42");
    (await source.reached(2)).answer("new");
    await expect(asked).resolves.toEqual({ value: "new", tier: "load" });
  });

  it("is handed on anew, however soon, when it is one that was stored since", async () => {
    const { clock, source, calls, settled, films, loaded } = process();
    await loaded();
    clock.passMs(pastTtlMs);
    await films.get("42");
    await settled();
    const [first] = calls[0]!;
    const refreshed = films.refresh(first!);
    (await source.reached(2)).answer("new");
    await expect(refreshed).resolves.toBe("refreshed");
    await expect(films.lookup("42")).resolves.toEqual({ value: "new", tier: "stale" });
    await settled();
    const [second] = calls[1]!;
    expect(second!.softExpiryMs).toBeGreaterThan(first!.softExpiryMs);
  });

  it("is loaded by this process when it isn't served past its lifetime, as nobody might come in time", async () => {
    const { clock, source, calls, films } = process({ staleMs: 0, random: () => 0.999_999 });
    const asked = films.get("42");
    const first = await source.reached(1);
    clock.passMs(1_000);
    first.answer("old");
    await asked;
    clock.passMs(41_000);
    await expect(films.lookup("42")).resolves.toEqual({ value: "old", tier: "near" });
    await source.reached(2);
    expect(calls).toEqual([]);
  });

  it.each<[string, SharedCacheOptions["refreshLater"]]>([
    ["fails", () => Promise.reject(new Error("the queue is full"))],
    [
      "throws",
      () => {
        throw new Error("the queue is full");
      },
    ],
    ["never ends", () => new Promise(() => undefined)],
  ])("is loaded by this process when handing it on %s, which is told", async (_how, refreshLater) => {
    const { clock, source, events, films, loaded } = process({ refreshLater });
    await loaded();
    clock.passMs(pastTtlMs);
    await expect(films.lookup("42")).resolves.toEqual(stale);
    (await source.reached(2)).answer("new");
    clock.passMs(-pastTtlMs);
    await until("the new value is served", async () => (await films.get("42")) === "new");
    expect(events).toContainEqual(expect.objectContaining({ type: "unavailable", operation: "refresh later" }));
  });

  it("is left to others when too little of the invocation is left to begin", async () => {
    const { clock, calls, works, left, films, loaded } = process();
    await loaded();
    clock.passMs(pastTtlMs);
    left.ms = 100;
    await expect(films.lookup("42")).resolves.toEqual(stale);
    expect([works, calls]).toEqual([[], []]);
  });

  it("is left to others when handing it on has used up the invocation", async () => {
    const refreshLater = () => {
      left.ms = 100;
      return Promise.reject(new Error("too late"));
    };
    const { clock, source, left, settled, films, loaded } = process({ refreshLater });
    await loaded();
    clock.passMs(pastTtlMs);
    await films.get("42");
    await settled();
    expect(source.loads).toHaveLength(1);
  });
});

it("a value is loaded by the process that serves it while the Redis of the queue hangs", async () => {
  const state = await ownRedis();
  const queue = new Queue<DueValue>({
    redis: connected(reach("single", state.address)),
    name: "refreshes",
    parse: (json) => json as DueValue,
  });
  await until("the queue is reached", () => queue.stats().catch(() => undefined));
  const clock = new MovedClock();
  const source = new HeldSource<string>();
  const films = new SharedCache({
    redis: connected(addressOf("single")),
    deadlineMs: 5_000,
    clock: clock.read,
    refreshLater: (values) => queue.add(values.map((data) => ({ data }))),
  }).collection<string>(randomUUID(), { ttlMs, staleMs, load: source.load });
  const first = films.get("42");
  (await source.reached(1)).answer("old");
  await first;

  clock.passMs(pastTtlMs);
  state.freeze();
  await expect(films.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });
  (await source.reached(2)).answer("new");
  clock.passMs(-pastTtlMs);
  await until("the new value is served", async () => (await films.get("42")) === "new");
});
