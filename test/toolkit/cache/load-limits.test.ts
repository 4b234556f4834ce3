import {
  guardOf,
  LoadDeadlineError,
  LoadFailedError,
  SharedCache,
  TooManyLoadsError,
  type CollectionOptions,
  type SharedCacheOptions,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { entrySlot } from "../../../toolkit/redis/keys";
import { HeldSource } from "../../support/held-source";
import { MovedClock } from "../../support/moved-clock";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";

function invocationOf(remainingMs: number): Pick<SharedCacheOptions, "invocation"> {
  return { invocation: { remainingMs: () => remainingMs, waitUntil: () => undefined } };
}

describe.each(redisModes)("a load (%s)", (mode) => {
  function fleet(options: Partial<CollectionOptions<string>> = {}) {
    const name = randomUUID();
    const source = new HeldSource<string>();
    const process = (more: Partial<SharedCacheOptions> = {}) =>
      new SharedCache({ redis: connected(addressOf(mode)), deadlineMs: 5_000, ...more }).collection<string>(name, {
        ttlMs: 60_000,
        load: source.load,
        ...options,
      });
    return { name, source, process };
  }

  it("that takes too long is given up, and so is waiting for it", async () => {
    const { name, source, process } = fleet({ loadDeadlineMs: 300 });
    const asked = process().get("42");
    const load = await source.reached(1);
    const waited = process().get("42");
    await expect(asked).rejects.toThrow(new LoadDeadlineError(name, "42", 300));
    await expect(waited).rejects.toThrow(new LoadFailedError(name, "42", "LoadDeadlineError"));
    expect(load.signal.aborted).toBe(true);
  });

  it("that an invocation has no time for is left to those who have", async () => {
    const { source, process } = fleet();
    const asked = process(invocationOf(200)).get("42");
    await source.reached(1);
    const waited = process().lookup("42");
    await expect(asked).rejects.toThrow(LoadDeadlineError);
    (await source.reached(2)).answer("Slam");
    await expect(waited).resolves.toEqual({ value: "Slam", tier: "load" });
  });

  it("has a lease that ends with the invocation, should its process be frozen then", async () => {
    const { name, source, process } = fleet();
    void process(invocationOf(1_000))
      .get("42")
      .catch(() => undefined);
    await source.reached(1);
    const { lease } = entrySlot(name, "42");
    const leftMs = await guardOf(connected(addressOf(mode))).run("pttl", 5_000, (client) => client.pttl(lease));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(1_000);
  });

  it("that could not be begun takes no place among them", async () => {
    const { source, process } = fleet();
    let works = false;
    const remainingMs = () => {
      if (!works) throw new Error("there is no invocation");
      return 5_000;
    };
    const one = process({ maxConcurrentLoads: 1, invocation: { remainingMs, waitUntil: () => undefined } });
    for (const id of ["1", "2"]) await expect(one.get(id)).rejects.toThrow("there is no invocation");
    works = true;
    const asked = one.get("3");
    (await source.reached(1)).answer("Slam");
    await expect(asked).resolves.toBe("Slam");
  });

  it("that answers what JSON can't hold fails, and says of what", async () => {
    const { name, source, process } = fleet();
    const asked = process().get("42");
    (await source.reached(1)).answer((() => "Slam") as unknown as string);
    await expect(asked).rejects.toThrow(`load of ${name} 42 answered a function: give what JSON can hold`);
  });

  it("over the number that may be under way is refused, and left to other processes", async () => {
    const { name, source, process } = fleet();
    const one = process({ maxConcurrentLoads: 2 });
    const asked = ["1", "2"].map((id) => one.get(id));
    await source.reached(2);
    await expect(one.get("3")).rejects.toThrow(new TooManyLoadsError(name, "3", 2));

    const elsewhere = process().lookup("3");
    const third = await source.reached(3);
    for (const load of source.loads) load.answer(load.id);
    third.answer("3");
    await expect(elsewhere).resolves.toEqual({ value: "3", tier: "load" });
    await expect(Promise.all(asked)).resolves.toEqual(["1", "2"]);

    const later = one.get("4");
    (await source.reached(4)).answer("4");
    await expect(later).resolves.toBe("4");
  });
});

describe("without Redis", () => {
  async function withoutRedis(options: Partial<CollectionOptions<string>> = {}) {
    const redis = await ownRedis();
    const source = new HeldSource<string>();
    const clock = new MovedClock();
    const films = new SharedCache({
      redis: connected(reach("single", redis.address)),
      maxConcurrentLoads: 3,
      clock: clock.read,
      random: () => 0,
    }).collection<string>("films", { ttlMs: 60_000, load: source.load, ...options });
    const loaded = until("it is kept near", async () => (await films.lookup("1")).tier === "near");
    const answers = until("it has been loaded", () => {
      for (const load of source.loads) load.answer("Slam");
      return source.loads.length > 0;
    });
    const answering = setInterval(() => source.loads.forEach((load) => load.answer("Slam")), 5);
    await Promise.all([loaded, answers]);
    clearInterval(answering);
    await redis.stop();
    source.loads.length = 0;
    return { films, source, clock };
  }

  it("no more loads are under way than may be", async () => {
    const { films, source } = await withoutRedis();
    const outcomes = Promise.allSettled(Array.from({ length: 10 }, (_, at) => films.get(`film ${at}`)));
    await until("three have begun", () => source.loads.length === 3);
    for (const load of source.loads) load.answer(load.id);
    const rejected = (await outcomes).filter((outcome) => outcome.status === "rejected");
    expect(rejected.map(({ reason }) => (reason as Error).name)).toEqual(Array<string>(7).fill("TooManyLoadsError"));
  });

  it("callers of one value share a load that began lately enough for them", async () => {
    const { films, source, clock } = await withoutRedis();
    clock.passMs(1_000);
    const asked = Array.from({ length: 50 }, () => films.lookup("2"));
    const first = await source.reached(1);
    clock.passMs(500);
    const later = films.lookup("2");
    clock.passMs(1);
    const tooLate = films.lookup("2");
    const second = await source.reached(2);
    first.answer("as it was then");
    second.answer("as it is now");
    const then = { value: "as it was then", tier: "bypass" };
    await expect(Promise.all([...asked, later])).resolves.toEqual(Array(51).fill(then));
    await expect(tooLate).resolves.toEqual({ value: "as it is now", tier: "bypass" });
  });

  it("a failed load fails the caller, unless the collection would rather serve what may have changed", async () => {
    for (const staleIfError of [false, true]) {
      const { films, source, clock } = await withoutRedis({ staleIfError });
      clock.passMs(1_000);
      const asked = films.lookup("1");
      (await source.reached(1)).fail(new Error("the source is closed"));
      if (staleIfError) await expect(asked).resolves.toEqual({ value: "Slam", tier: "stale" });
      else await expect(asked).rejects.toThrow("the source is closed");
    }
  });

  it("a failed load fails the caller when even that is past its end", async () => {
    const { films, source, clock } = await withoutRedis({ staleIfError: true });
    clock.passMs(90_000);
    const asked = films.lookup("1");
    (await source.reached(1)).fail(new Error("the source is closed"));
    await expect(asked).rejects.toThrow("the source is closed");
  });
});

it("a failed load is answered with what a tag has outdated, but not with what was invalidated by its id", async () => {
  const name = randomUUID();
  let isClosed = false;
  const load = async (id: string) => {
    if (isClosed) throw new Error("the source is closed");
    return `film ${id}`;
  };
  const process = () =>
    new SharedCache({
      redis: connected(addressOf("single")),
      deadlineMs: 5_000,
      near: { maxStalenessMs: 0 },
    }).collection<string>(name, { ttlMs: 60_000, load, tags: () => ["films"], staleIfError: true });
  const [one, other] = [process(), process()];
  await Promise.all([one.get("1"), one.get("2")]);
  isClosed = true;
  await other.invalidate("1");
  await other.invalidateTags("films");
  await expect(one.lookup("1")).rejects.toThrow("the source is closed");
  await expect(one.lookup("2")).resolves.toEqual({ value: "film 2", tier: "stale" });
});

it.each([0, 60_001, 1.5])("a load's deadline of %p is refused, and the value shown", (loadDeadlineMs) => {
  const cache = new SharedCache({ redis: connected(addressOf("single")) });
  const options = { ttlMs: 1, load: () => Promise.resolve("x"), loadDeadlineMs };
  expect(() => cache.collection("films", options)).toThrow(`loadDeadlineMs of collection films is ${loadDeadlineMs}`);
});
