import { type Collection, type CollectionOptions, type RedisClient, SharedCache } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { guardOf } from "../../../toolkit/redis/guard";
import { entrySlot } from "../../../toolkit/redis/keys";
import { HeldSource } from "../../support/held-source";
import { addressOf, connected, redisModes } from "../../support/redis-clients";

/** What each release reads from a film. */
interface OldFilm {
  readonly title: string;
}
interface NewFilm {
  readonly title: string;
  readonly languages: readonly string[];
}

describe.each(redisModes)("two releases that share a Redis (%s)", (mode) => {
  const name = () => randomUUID();
  const raw = <T>(redis: RedisClient, work: (client: RedisClient) => Promise<T>) =>
    guardOf(redis).run("raw", 5_000, work);

  /** One process of each, with a source that both read, each in its own way. */
  function releases(titles: Record<string, string>, { shape = 2, ttlMs = 60_000 } = {}) {
    const collection = name();
    const loads = { old: 0, new: 0 };
    const open = <T>(options: CollectionOptions<T>) =>
      new SharedCache({
        redis: connected(addressOf(mode)),
        deadlineMs: 5_000,
        near: { maxStalenessMs: 0 },
        maxConcurrentLoads: 1_000,
      }).collection<T>(collection, options);
    const each = <T>(kind: keyof typeof loads, asRead: (title: string) => T): CollectionOptions<T> => ({
      ttlMs,
      tags: () => ["all"],
      load: async (id) => (loads[kind]++, titles[id] === undefined ? undefined : asRead(titles[id])),
      loadMany: async (ids) =>
        new Map(ids.flatMap((id) => (titles[id] === undefined ? [] : [[id, asRead(titles[id])] as const]))),
    });
    const oldOptions = each<OldFilm>("old", (title) => ({ title }));
    const newOptions = { ...each<NewFilm>("new", (title) => ({ title, languages: ["en"] })), shape };
    return { collection, loads, old: open<OldFilm>(oldOptions), next: open<NewFilm>(newOptions) };
  }

  it("read nothing of each other's where the shape of a value was raised", async () => {
    const { old, next, loads } = releases({ "1": "Slam" });
    await old.get("1");
    await expect(next.lookup("1")).resolves.toEqual({ value: { title: "Slam", languages: ["en"] }, tier: "load" });
    await expect(next.getMany(["1"])).resolves.toEqual(new Map([["1", { title: "Slam", languages: ["en"] }]]));
    expect(loads).toEqual({ old: 1, new: 1 });
  });

  it("go on with what each has itself while the other stores the same value", async () => {
    const { old, next, loads } = releases({ "1": "Slam" });
    for (let round = 0; round < 5; round++) {
      await expect(old.get("1")).resolves.toEqual({ title: "Slam" });
      await expect(next.get("1")).resolves.toEqual({ title: "Slam", languages: ["en"] });
    }
    expect(loads).toEqual({ old: 1, new: 1 });
  });

  it("say in their own way that there is no such thing", async () => {
    const { old, next, loads } = releases({});
    await expect(old.get("1")).resolves.toBeUndefined();
    await expect(next.get("1")).resolves.toBeUndefined();
    expect(loads).toEqual({ old: 1, new: 1 });
  });

  it.each<[string, (changing: Collection<OldFilm> | Collection<NewFilm>) => Promise<unknown>]>([
    ["an id", (changing) => changing.invalidate("1")],
    ["a tag", (changing) => changing.invalidateTags("all")],
    ["everything", (changing) => changing.invalidateAll()],
  ])("hear of each other's changes of %s", async (_what, change) => {
    const titles: Record<string, string> = { "1": "first" };
    const { old, next } = releases(titles);
    for (const [title, changing] of [
      ["second", old],
      ["third", next],
    ] as const) {
      await Promise.all([old.get("1"), next.get("1")]);
      titles["1"] = title;
      await change(changing);
      await expect(old.get("1")).resolves.toEqual({ title });
      await expect(next.get("1")).resolves.toEqual({ title, languages: ["en"] });
    }
  });

  it("write through for each other, too", async () => {
    const titles: Record<string, string> = { "1": "old" };
    const { old, next } = releases(titles);
    await Promise.all([old.get("1"), next.get("1")]);
    await next.put("1", async () => ({ title: (titles["1"] = "new"), languages: ["en"] }));
    await expect(old.get("1")).resolves.toEqual({ title: "new" });
  });

  it("don't wait in vain: who waited for the other's load loads itself", async () => {
    const collection = name();
    const [oldSource, newSource] = [new HeldSource<OldFilm>(), new HeldSource<NewFilm>()];
    const open = <T>(options: CollectionOptions<T>) =>
      new SharedCache({ redis: connected(addressOf(mode)), deadlineMs: 5_000 }).collection<T>(collection, options);
    const old = open<OldFilm>({ ttlMs: 60_000, load: oldSource.load });
    const next = open<NewFilm>({ ttlMs: 60_000, load: newSource.load, shape: 2 });
    const byOld = old.get("1");
    const load = await oldSource.reached(1);
    const byNew = next.get("1");
    load.answer({ title: "Slam" });
    (await newSource.reached(1)).answer({ title: "Slam", languages: ["en"] });
    await expect(byOld).resolves.toEqual({ title: "Slam" });
    await expect(byNew).resolves.toEqual({ title: "Slam", languages: ["en"] });
  });

  it("give a loader no value of another shape as the one before", async () => {
    const redis = connected(addressOf(mode));
    const { collection, old } = releases({ "1": "Slam" });
    await old.get("1");
    const previous: unknown[] = [];
    const next = new SharedCache({ redis, deadlineMs: 5_000 }).collection<NewFilm>(collection, {
      ttlMs: 60_000,
      shape: 2,
      load: async (_id, options) => (previous.push(options.previous), { title: "Slam", languages: ["en"] }),
    });
    await next.get("1");
    expect(previous).toEqual([undefined]);
  });

  it("read nothing of a frame whose format has another number", async () => {
    const redis = connected(addressOf(mode));
    const { collection, old, loads } = releases({ "1": "Slam" });
    await old.get("1");
    const { entry } = entrySlot(collection, "1");
    const frame = await raw(redis, (client) => client.getBuffer(entry));
    await raw(redis, (client) =>
      client.set(entry, Buffer.from(frame!.toString("latin1").replace("larder2", "larder3"), "latin1"), "PX", 60_000),
    );
    const other = new SharedCache({ redis, deadlineMs: 5_000 }).collection<OldFilm>(collection, {
      ttlMs: 60_000,
      load: async () => (loads.old++, { title: "Slam" }),
    });
    await expect(other.lookup("1")).resolves.toEqual({ value: { title: "Slam" }, tier: "load" });
    expect((await raw(redis, (client) => client.get(entry)))!.startsWith("larder2 ")).toBe(true);
  });

  it("would read each other's where it wasn't raised: nothing else tells the values apart", async () => {
    const { old, next } = releases({ "1": "Slam" }, { shape: 1 });
    await old.get("1");
    await expect(next.get("1")).resolves.toEqual({ title: "Slam" });
  });

  it("keep to their shapes, and to what is true, whoever reads and changes at once", async () => {
    const titles: Record<string, string> = Object.fromEntries(Array.from({ length: 4 }, (_, id) => [String(id), "0"]));
    const collection = name();
    let at = 0;
    const open = <T>(shape: number, asRead: (title: string) => T) =>
      new SharedCache({
        redis: connected(addressOf(mode)),
        deadlineMs: 5_000,
        near: { maxStalenessMs: 0 },
        maxConcurrentLoads: 1_000,
      }).collection<T>(collection, { ttlMs: 60_000, shape, load: async (id) => asRead(titles[id]!) });
    const processes = [1, 2, 1, 2].map((shape) => ({ shape, films: open(shape, (title) => ({ title, shape })) }));
    const confirmed: Record<string, number> = {};
    const reader = async ({ shape, films }: (typeof processes)[0]) => {
      for (let round = 0; round < 60; round++) {
        const id = String(round % 4);
        const atLeast = confirmed[id] ?? 0;
        const found = await films.get(id);
        expect(found?.shape).toBe(shape);
        expect(Number(found?.title)).toBeGreaterThanOrEqual(atLeast);
      }
    };
    const writer = async ({ films }: (typeof processes)[0]) => {
      for (let round = 0; round < 30; round++) {
        const id = String(round % 4);
        const title = ++at;
        titles[id] = String(title);
        await films.invalidate(id);
        confirmed[id] = Math.max(confirmed[id] ?? 0, title);
      }
    };
    await Promise.all([...processes.map(reader), writer(processes[0]!)]);
    await writer(processes[1]!);
    await Promise.all(processes.map(reader));
  });
});

it("refuses a shape that is no number of one", () => {
  const cache = new SharedCache({ redis: connected(addressOf("single")) });
  for (const shape of [0, 1.5])
    expect(() => cache.collection("films", { ttlMs: 1, load: async () => 1, shape })).toThrow(
      `shape of collection films is ${shape}`,
    );
});
