import { PutNotConfirmedError, SharedCache } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { HeldSource } from "../../support/held-source";
import { MovedClock } from "../../support/moved-clock";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";

describe.each(redisModes)("a value that is written through (%s)", (mode) => {
  function fleet() {
    const name = randomUUID();
    const clock = new MovedClock();
    const source = new HeldSource<string>();
    const process = () =>
      new SharedCache({ redis: connected(addressOf(mode)), deadlineMs: 5_000, clock: clock.read }).collection<string>(
        name,
        { ttlMs: 60_000, load: source.load, tags: () => ["films"] },
      );
    return { clock, source, one: process(), other: process() };
  }

  /** A commit that a test ends. */
  function heldCommit(value: string) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<undefined>();
    const commit = () => {
      begun.resolve(undefined);
      return promise;
    };
    return { commit, begun: begun.promise, end: () => resolve(value), fail: reject };
  }

  it("is what all processes are served, without a load", async () => {
    const { clock, source, one, other } = fleet();
    await expect(one.put("42", () => Promise.resolve("old"))).resolves.toBe("old");
    await expect(other.lookup("42")).resolves.toEqual({ value: "old", tier: "redis" });
    clock.passMs(1);
    await expect(one.put("42", () => Promise.resolve("new"))).resolves.toBe("new");
    await expect(one.get("42")).resolves.toBe("new");
    clock.passMs(501);
    await expect(other.lookup("42")).resolves.toEqual({ value: "new", tier: "redis" });
    expect(source.loads).toHaveLength(0);
  });

  it("may be that there is none", async () => {
    const { one, other } = fleet();
    await one.put("42", () => Promise.resolve(undefined));
    await expect(other.lookup("42")).resolves.toEqual({ value: undefined, tier: "redis" });
  });

  it("is outdated by its tags as a loaded one", async () => {
    const { source, one, other } = fleet();
    await one.put("42", () => Promise.resolve("old"));
    await other.invalidateTags("films");
    const asked = other.lookup("42");
    (await source.reached(1)).answer("new");
    await expect(asked).resolves.toEqual({ value: "new", tier: "load" });
  });

  it("isn't overwritten by one that was being loaded before", async () => {
    const { source, one, other } = fleet();
    const loading = other.get("42");
    const load = await source.reached(1);
    await one.put("42", () => Promise.resolve("new"));
    load.answer("old");
    await expect(loading).resolves.toBe("old"); // it asked before
    await expect(one.get("42")).resolves.toBe("new");
    await expect(other.get("42")).resolves.toBe("new");
  });

  it("is waited for by those who ask while it is written", async () => {
    const { source, one, other } = fleet();
    const write = heldCommit("new");
    const put = one.put("42", write.commit);
    await write.begun;
    const asked = other.get("42");
    write.end();
    await put;
    await expect(asked).resolves.toBe("new");
    expect(source.loads).toHaveLength(0);
  });

  it.each(["value", "tag"] as const)("isn't kept when its %s was invalidated while it was written", async (what) => {
    const { source, one, other } = fleet();
    const write = heldCommit("perhaps older");
    const put = one.put("42", write.commit);
    await write.begun;
    await (what === "value" ? other.invalidate("42") : other.invalidateTags("films"));
    write.end();
    await put;
    const asked = other.get("42");
    (await source.reached(1)).answer("new");
    await expect(asked).resolves.toBe("new");
  });

  it("isn't kept when two write at once: nobody knows which was last", async () => {
    const { source, one, other } = fleet();
    const [first, second] = [heldCommit("first"), heldCommit("second")];
    const puts = [one.put("42", first.commit)];
    await first.begun;
    puts.push(other.put("42", second.commit));
    await second.begun;
    second.end();
    first.end();
    await Promise.all(puts);
    const asked = one.get("42");
    (await source.reached(1)).answer("whichever was last");
    await expect(asked).resolves.toBe("whichever was last");
  });

  it("is gone from the cache when the write failed, done or not", async () => {
    const { clock, source, one, other } = fleet();
    await one.put("42", () => Promise.resolve("old"));
    await other.get("42");
    const write = heldCommit("new");
    const put = one.put("42", write.commit);
    await write.begun;
    write.fail(new Error("the connection was lost"));
    await expect(put).rejects.toThrow("the connection was lost");
    clock.passMs(501);
    const asked = other.get("42");
    (await source.reached(1)).answer("new");
    await expect(asked).resolves.toBe("new");
  });
});

it("a value that is written through, but whose tags can't be told, is invalidated, and the caller hears of it", async () => {
  const redis = connected(addressOf("single"));
  const films = new SharedCache({ redis, deadlineMs: 5_000 }).collection<string>(randomUUID(), {
    ttlMs: 60_000,
    load: () => Promise.resolve("loaded"),
    tags: (film) => {
      if (film === "new") throw new Error("no tags");
      return [];
    },
  });
  await films.get("42");
  await expect(films.put("42", () => Promise.resolve("new"))).rejects.toThrow("no tags");
  await expect(films.lookup("42")).resolves.toEqual({ value: "loaded", tier: "load" });
});

it.each(["with Redis", "without"])("an empty id is refused %s", async (how) => {
  const redis = connected(addressOf("single"));
  if (how === "without") redis.disconnect();
  const films = new SharedCache({ redis }).collection(randomUUID(), { ttlMs: 1, load: (id) => Promise.resolve(id) });
  await expect(films.get("")).rejects.toThrow("isn't empty");
});

it("a value that is written through while Redis is gone is written once, and the caller knows what isn't done", async () => {
  const redis = await ownRedis();
  const films = new SharedCache({ redis: connected(reach("single", redis.address)) }).collection<string>("films", {
    ttlMs: 60_000,
    load: () => Promise.resolve("old"),
  });
  await redis.stop();
  let commits = 0;
  const put = films.put("42", () => Promise.resolve(`commit ${++commits}`));
  const error = await put.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PutNotConfirmedError);
  expect(error).toMatchObject({ value: "commit 1", message: expect.stringContaining("films 42 is written") });
  expect(commits).toBe(1);
});
