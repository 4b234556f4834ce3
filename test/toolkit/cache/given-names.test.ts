import { SharedCache, type CollectionOptions } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { addressOf, connected } from "../../support/redis-clients";

interface Film {
  readonly title: string;
  readonly genre: unknown;
}

const slam = (genre: unknown): Film => ({ title: "Slam", genre });

function filmsOf(genre: unknown, more: Partial<CollectionOptions<Film>> = {}) {
  const name = randomUUID();
  const cache = new SharedCache({ redis: connected(addressOf("single")), deadlineMs: 5_000 });
  const load = () => Promise.resolve(slam(genre));
  return { name, films: cache.collection<Film>(name, { ttlMs: 60_000, load, ...more }) };
}

const noNames = [
  [7, "7"],
  [undefined, "undefined"],
  [new Set(["42"]), "[object Set]"],
] as unknown as [string, string][];

it.each(noNames)("%p is neither ids nor tags to invalidate", async (given, shown) => {
  const { name, films } = filmsOf("Drama");
  const remedy = (what: string) =>
    new TypeError(`the ${what} of collection ${name} are ${shown}: give a string or an array of strings`);
  await expect(films.invalidate(given)).rejects.toThrow(remedy("ids"));
  await expect(films.invalidateTags(given)).rejects.toThrow(remedy("tags"));
});

it("what is invalidated is what was given, though the caller uses his array for something else meanwhile", async () => {
  const { films } = filmsOf("Drama", { tags: () => ["Drama"] });
  for (const [given, invalidate] of [
    [["1", "42"], (ids: string[]) => films.invalidate(ids)],
    [["Comedy", "Drama"], (tags: string[]) => films.invalidateTags(tags)],
  ] as const) {
    await films.get("42");
    const array = [...given];
    const done = invalidate(array);
    array.length = 0;
    await done;
    await expect(films.lookup("42")).resolves.toMatchObject({ tier: "load" });
  }
});

it("a text that is too long for a name isn't shown", async () => {
  const { films } = filmsOf("Drama", { loadMany: () => Promise.resolve("ada@example.com" as never) });
  await expect(films.getMany(["1", "2"])).rejects.toThrow(/answered a text of 15 characters: give a Map/);
  const ids = "ada@example.com ".repeat(9) as never;
  await expect(films.getMany(ids)).rejects.toThrow(/are a text of 144 characters: give/);
});

it("what is no string among ids or tags invalidates none of them", async () => {
  const { name, films } = filmsOf("Drama", { tags: () => ["Drama"] });
  await films.get("42");
  const no = 7 as unknown as string;
  await expect(films.invalidate(["42", no])).rejects.toThrow(`an id of collection ${name} is 7: give a string`);
  await expect(films.invalidateTags(["Drama", no])).rejects.toThrow(`a tag of collection ${name} is 7: give a string`);
  await expect(films.lookup("42")).resolves.toMatchObject({ tier: "near" });
});

it.each(["with Redis", "without"])("an id that is no string is refused %s, whatever is asked for", async (how) => {
  const redis = connected(addressOf("single"));
  if (how === "without") redis.disconnect();
  const load = (id: string) => Promise.resolve(id);
  const films = new SharedCache({ redis }).collection<string>("films", {
    ttlMs: 1,
    load,
    loadMany: async () => new Map(),
  });
  const id = 42 as unknown as string;
  const remedy = new TypeError("an id of collection films is 42: give a string");
  await expect(films.get(id)).rejects.toThrow(remedy);
  await expect(films.lookup(id)).rejects.toThrow(remedy);
  await expect(films.getMany(["1", id])).rejects.toThrow(remedy);
  await expect(films.put(id, () => load("x"))).rejects.toThrow(remedy);
  await expect(films.refresh({ id, softExpiryMs: 1 })).rejects.toThrow(remedy);
  await expect(films.invalidate([id])).rejects.toThrow(remedy);
});

it.each([
  ["Drama", "answered a text of 5 characters: give an array of strings"],
  [undefined, "answered undefined: give an array of strings"],
  [[null], "answered an array with null: give strings alone"],
])("a value whose tags are %j isn't stored, and the reader and the writer hear why", async (genre, message) => {
  const { name, films } = filmsOf(genre, { tags: (film) => film.genre as string[] });
  const remedy = new TypeError(`tags of ${name} 42 ${message}`);
  await expect(films.get("42")).rejects.toThrow(remedy);
  const good = filmsOf(["Drama"], { tags: (film) => film.genre as string[] });
  await good.films.get("42");
  await expect(good.films.put("42", () => Promise.resolve(slam(genre)))).rejects.toThrow(message);
  await expect(good.films.lookup("42")).resolves.toEqual({ value: slam(["Drama"]), tier: "load" }); // the old one is gone
});

it.each(["load", "loadMany", "tags"])("a collection whose %s is no function is refused", (option) => {
  expect(() => filmsOf("Drama", { [option]: "x" })).toThrow(
    /^(load|loadMany|tags) of collection \S+ is "x": give a function$/,
  );
});

it("a collection without load is refused", () => {
  const films = () => filmsOf("Drama", { load: undefined as never });
  expect(films).toThrow(/^load of collection \S+ is undefined: give a function$/);
});
