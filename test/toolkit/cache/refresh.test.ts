import {
  guardOf,
  notModified,
  SharedCache,
  withTtl,
  type CacheEvent,
  type Invocation,
  type LoadOutcome,
  type SharedCacheOptions,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { entrySlot } from "../../../toolkit/redis/keys";
import { HeldSource } from "../../support/held-source";
import { MovedClock } from "../../support/moved-clock";
import { addressOf, connected, redisModes } from "../../support/redis-clients";
import { until } from "../../support/until";

const ttlMs = 60_000;
const staleMs = 600_000;
/** The clock that is moved is somewhat behind Redis'. */
const pastTtlMs = ttlMs + 30_000;

describe.each(redisModes)("a value that is to be loaded anew (%s)", (mode) => {
  function fleet({ ...more }: Partial<SharedCacheOptions> = {}) {
    const name = randomUUID();
    const clock = new MovedClock();
    const source = new HeldSource<string>();
    const events: CacheEvent[] = [];
    const process = () =>
      new SharedCache({
        redis: connected(addressOf(mode)),
        deadlineMs: 5_000,
        clock: clock.read,
        random: () => 0,
        onEvent: (event) => events.push(event),
        ...more,
      }).collection<string>(name, { ttlMs, staleMs, load: source.load });
    const [one, other] = [process(), process()];
    /** Loads the first value. */
    const loaded = async () => {
      const first = one.get("42");
      (await source.reached(1)).answer("old");
      await first;
    };
    const outcome = (type: LoadOutcome) => until(`a load is ${type}`, () => loadsOf(events).includes(type));
    return { name, clock, source, events, one, other, loaded, outcome };
  }

  const loadsOf = (events: readonly CacheEvent[]) =>
    events.flatMap((event) => (event.type === "load" ? event.outcome : []));

  const lifetimeMs = (name: string) =>
    guardOf(connected(addressOf(mode))).run("pttl", 5_000, (client) => client.pttl(entrySlot(name, "42").entry));

  it("is served past its lifetime while one caller of the fleet loads it, and nobody waits", async () => {
    const { clock, source, one, other, loaded } = fleet();
    await loaded();
    clock.passMs(pastTtlMs);
    await expect(one.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });
    const refresh = await source.reached(2);
    await expect(other.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });
    await expect(one.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });
    refresh.answer("new");

    clock.passMs(-pastTtlMs);
    await until("the new value is served", async () => (await one.get("42")) === "new");
    expect(source.loads).toHaveLength(2);
  });

  it("isn't served once it is too old even for that", async () => {
    const { clock, source, one, loaded } = fleet();
    await loaded();
    clock.passMs(pastTtlMs + staleMs);
    const asked = one.lookup("42");
    (await source.reached(2)).answer("new");
    await expect(asked).resolves.toEqual({ value: "new", tier: "load" });
  });

  it("isn't served past its lifetime when it is that there is none", async () => {
    const { name, source, one } = fleet();
    const asked = one.get("42");
    (await source.reached(1)).answer(undefined);
    await asked;
    expect(await lifetimeMs(name)).toBeLessThanOrEqual(10_000);
  });

  it("isn't served when it is outdated, however fresh", async () => {
    const { clock, source, one, other, loaded } = fleet();
    await loaded();
    clock.passMs(pastTtlMs);
    await other.invalidateAll();
    const asked = one.lookup("42");
    (await source.reached(2)).answer("new");
    await expect(asked).resolves.toEqual({ value: "new", tier: "load" });
  });

  it("is not stored when it was invalidated while it was loaded", async () => {
    const { clock, source, one, other, loaded, events } = fleet();
    await loaded();
    clock.passMs(pastTtlMs);
    await one.get("42");
    const refresh = await source.reached(2);
    await other.invalidate("42");
    refresh.answer("as it was before");
    await until("it is loaded", () => loadsOf(events).length === 2);

    const asked = one.get("42");
    (await source.reached(3)).answer("new");
    await expect(asked).resolves.toBe("new");
  });

  it("goes on being served when loading it fails, and isn't tried again at once", async () => {
    const { clock, source, one, loaded, outcome } = fleet();
    await loaded();
    clock.passMs(pastTtlMs);
    await one.get("42");
    (await source.reached(2)).fail(new Error("the source is closed"));
    await outcome("failed");
    await expect(one.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });
    await expect(one.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });
    const third = until("it is tried again", async () => {
      await one.get("42");
      return source.loads.length === 3;
    });
    await expect(third).resolves.toBe(true);
  });

  it("is kept when the source says that it hasn't changed", async () => {
    const { name, clock, source, one, loaded, outcome } = fleet();
    await loaded();
    await guardOf(connected(addressOf(mode))).run("pexpire", 5_000, (client) =>
      client.pexpire(entrySlot(name, "42").entry, 10_000),
    );
    clock.passMs(pastTtlMs);
    await one.get("42");
    const refresh = await source.reached(2);
    expect(refresh.previous).toBe("old");
    refresh.answer(notModified);
    await outcome("not-modified");
    await until("its lifetime is as it was", async () => (await lifetimeMs(name)) > staleMs);
    clock.passMs(-pastTtlMs);
    await expect(one.get("42")).resolves.toBe("old");
  });

  it("has the lifetime that the loader gives it", async () => {
    const { name, source, one } = fleet();
    const asked = one.get("42");
    (await source.reached(1)).answer(withTtl("Slam", 5_000));
    await asked;
    expect(await lifetimeMs(name)).toBeLessThanOrEqual(5_000 + staleMs);
  });

  it("ends up to a tenth of its lifetime earlier, so that what was stored together doesn't end together", async () => {
    const { name, loaded } = fleet({ random: () => 0.999_999 });
    await loaded();
    expect(await lifetimeMs(name)).toBeLessThanOrEqual(0.9 * ttlMs + staleMs + 1);
  });

  it("is loaded before its lifetime ends, the earlier the longer that takes and as chance has it", async () => {
    const { clock, source, one } = fleet({ random: () => 0.999_999 }); // lives 54 s, and -ln(1 - 0.999999) is 13.8
    const asked = one.get("42");
    const first = await source.reached(1);
    clock.passMs(1_000); // it takes a second
    first.answer("old");
    await asked;
    clock.passMs(39_000);
    await expect(one.lookup("42")).resolves.toEqual({ value: "old", tier: "near" });
    clock.passMs(2_000);
    await expect(one.lookup("42")).resolves.toEqual({ value: "old", tier: "near" });
    (await source.reached(2)).answer("new");
    clock.passMs(-41_000);
    await until("the new value is served", async () => (await one.get("42")) === "new");
    expect(source.loads).toHaveLength(2);
  });

  describe("in a process that serves invocations", () => {
    function invocation() {
      const works: Promise<void>[] = [];
      const left = { ms: 5_000 };
      const current: Invocation = { remainingMs: () => left.ms, waitUntil: (work) => works.push(work) };
      return { works, left, current };
    }

    it("is stored before the invocation ends", async () => {
      const { works, current } = invocation();
      const { clock, source, one, loaded } = fleet({ invocation: current });
      await loaded();
      clock.passMs(pastTtlMs);
      await one.get("42");
      (await source.reached(2)).answer("new");
      await Promise.all(works);
      clock.passMs(-pastTtlMs);
      await expect(one.lookup("42")).resolves.toEqual({ value: "new", tier: "near" });
    });

    it("is left to others when too little of the invocation is left to begin", async () => {
      const { works, left, current } = invocation();
      const { clock, source, one, loaded } = fleet({ invocation: current });
      await loaded();
      clock.passMs(pastTtlMs);
      left.ms = 100;
      await expect(one.lookup("42")).resolves.toEqual({ value: "old", tier: "stale" });
      expect(works).toHaveLength(0);
      expect(source.loads).toHaveLength(1);
    });

    it("is left to others when the invocation ends before it is loaded", async () => {
      const { works, left, current } = invocation();
      const { name, clock, source, one, loaded, events } = fleet({ invocation: current });
      await loaded();
      clock.passMs(pastTtlMs);
      left.ms = 250;
      await one.get("42");
      const refresh = await source.reached(2); // and never answers
      await Promise.all(works);
      expect(refresh.signal.aborted).toBe(true);
      expect(loadsOf(events)).toEqual(["loaded", "late"]);
      const { lease } = entrySlot(name, "42");
      await expect(
        guardOf(connected(addressOf(mode))).run("get", 5_000, (client) => client.get(lease)),
      ).resolves.toBeNull();
    });
  });
});

it("a loader that says 'not modified' of nothing is told what to do instead", async () => {
  const cache = new SharedCache({ redis: connected(addressOf("single")), deadlineMs: 5_000 });
  const films = cache.collection<string>(randomUUID(), { ttlMs, load: () => Promise.resolve(notModified) });
  await expect(films.get("42")).rejects.toThrow(
    /answered notModified, but it was given no previous value: return the value/,
  );
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e21])("a lifetime of %p is refused, and the value shown", (ms) => {
  expect(() => withTtl("Slam", ms)).toThrow(String(ms));
});
