import { SharedCache, type Collection, type CollectionOptions, type NearOptions } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { HeldSource } from "../../support/held-source";
import { MovedClock } from "../../support/moved-clock";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";

interface Film {
  readonly genre: string;
  readonly title: string;
}

describe.each(redisModes)("a collection of many processes (%s)", (mode) => {
  /** Two processes, on clocks that a test moves; the source is an object. */
  function fleet(films: Record<string, Film>, near: NearOptions = {}) {
    const name = randomUUID();
    const clock = new MovedClock();
    const options: CollectionOptions<Film> = {
      ttlMs: 60_000,
      load: async (id) => films[id],
      tags: ({ genre }) => [`genre:${genre}`],
    };
    const process = () => {
      const redis = connected(addressOf(mode));
      return new SharedCache({ redis, near, deadlineMs: 5_000, clock: clock.read }).collection(name, options);
    };
    return { films, clock, passMs: clock.passMs, one: process(), other: process() };
  }

  const drama = (title: string) => ({ genre: "Drama", title });

  it("serves what a process has itself until it must ask whether that is still so", async () => {
    const { films, passMs, one, other } = fleet({ "1": drama("old") });
    await one.get("1");
    films["1"] = drama("new");
    await other.invalidate("1");

    passMs(500);
    await expect(one.lookup("1")).resolves.toEqual({ value: drama("old"), tier: "near" });
    passMs(1);
    await expect(one.lookup("1")).resolves.toEqual({ value: drama("new"), tier: "load" });
  });

  it.each([
    ["monotonic", { monotonicMs: 501, wallMs: 0 }],
    ["wall", { monotonicMs: 0, wallMs: 501 }],
  ])("asks when only the %s clock went on: the other may have stood still in a freeze", async (_which, step) => {
    const { films, clock, one, other } = fleet({ "1": drama("old") });
    await one.get("1");
    films["1"] = drama("new");
    await other.invalidate("1");
    const { monotonicMs, wallMs } = clock.now;
    clock.now = { monotonicMs: monotonicMs + step.monotonicMs, wallMs: wallMs + step.wallMs };
    await expect(one.get("1")).resolves.toEqual(drama("new"));
  });

  it("asks at each call when it may not be late at all", async () => {
    const { films, passMs, one, other } = fleet({ "1": drama("old") }, { maxStalenessMs: 0 });
    await one.get("1");
    passMs(1);
    await expect(one.lookup("1")).resolves.toMatchObject({ tier: "near" }); // it asked, and nothing was changed
    films["1"] = drama("new");
    await other.invalidate("1");
    passMs(1);
    await expect(one.lookup("1")).resolves.toMatchObject({ value: drama("new") });
  });

  it("outdates all values of a tag, and no others", async () => {
    const { films, passMs, one, other } = fleet({
      "1": drama("old"),
      "2": drama("old"),
      "3": { genre: "Western", title: "old" },
    });
    await Promise.all(["1", "2", "3"].map((id) => one.get(id)));
    for (const id of ["1", "2", "3"]) films[id] = { ...films[id]!, title: "new" };
    await other.invalidateTags("genre:Drama");

    passMs(501);
    const titles = async (films: Collection<Film>) =>
      (await Promise.all(["1", "2", "3"].map((id) => films.get(id)))).map((film) => film?.title);
    await expect(titles(one)).resolves.toEqual(["new", "new", "old"]);
    await expect(titles(other)).resolves.toEqual(["new", "new", "old"]);
  });

  it("loads a value once after its tag was outdated, also where that isn't known yet", async () => {
    const { films, one, other } = fleet({ "1": drama("new"), "2": drama("another") });
    await one.get("2");
    await other.invalidateTags("genre:Drama");
    await expect(other.lookup("1")).resolves.toEqual({ value: drama("new"), tier: "load" });
    await expect(one.lookup("1")).resolves.toEqual({ value: films["1"], tier: "redis" });
  });

  it("outdates everything at once", async () => {
    const { films, passMs, one, other } = fleet({ "1": drama("old"), "3": { genre: "Western", title: "old" } });
    await Promise.all([one.get("1"), one.get("3")]);
    films["1"] = films["3"] = drama("new");
    await other.invalidateAll();
    passMs(501);
    await expect(Promise.all([one.get("1"), one.get("3")])).resolves.toEqual([drama("new"), drama("new")]);
  });

  it("sees its own invalidation at once", async () => {
    const { films, one } = fleet({ "1": drama("old") });
    await one.get("1");
    films["1"] = drama("new");
    await one.invalidateTags(["genre:Drama"]);
    await expect(one.get("1")).resolves.toEqual(drama("new"));
  });

  it("keeps no more than it is told to", async () => {
    const { one } = fleet({ "1": drama("Slam") }, { maxBytes: 0 });
    await one.get("1");
    await expect(one.lookup("1")).resolves.toEqual({ value: drama("Slam"), tier: "redis" });
  });

  it.each(["tag", "collection"] as const)(
    "never stores a value that was being loaded when its %s was invalidated",
    async (what) => {
      const source = new HeldSource<Film>();
      const name = randomUUID();
      const process = () =>
        new SharedCache({
          redis: connected(addressOf(mode)),
          deadlineMs: 5_000,
          near: { maxStalenessMs: 0 },
        }).collection<Film>(name, {
          ttlMs: 60_000,
          load: source.load,
          tags: ({ genre }) => [`genre:${genre}`],
        });
      const [one, other] = [process(), process()];
      const asked = one.get("1");
      const load = await source.reached(1);
      await (what === "tag" ? other.invalidateTags("genre:Drama") : other.invalidateAll());
      load.answer(drama("old"));
      await expect(asked).resolves.toEqual(drama("old")); // it asked before

      const askedLater = [one.get("1"), other.get("1")];
      (await source.reached(2)).answer(drama("new"));
      await expect(Promise.all(askedLater)).resolves.toEqual([drama("new"), drama("new")]);
    },
  );
});

it("a process that finds its place in the log gone gives up all that it kept", async () => {
  const redis = await ownRedis();
  const administrator = connected(reach("single", redis.address));
  let title = "old";
  const films = new SharedCache({
    redis: connected(reach("single", redis.address)),
    deadlineMs: 5_000,
    near: { maxStalenessMs: 0 },
  }).collection("films", {
    ttlMs: 60_000,
    load: async () => title,
  });
  await films.get("1");
  await expect(films.lookup("1")).resolves.toEqual({ value: "old", tier: "near" });
  await until("it is connected", () => administrator.status === "ready");
  await administrator.call("FLUSHALL");
  title = "new";
  await expect(films.lookup("1")).resolves.toEqual({ value: "new", tier: "load" });
});
