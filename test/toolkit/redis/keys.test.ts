import fc from "fast-check";
import {
  boardSlot,
  collectionSlot,
  entrySlot,
  limiterSlot,
  lockSlot,
  queueSlot,
  sessionSlot,
} from "../../../toolkit/redis/keys";

const name = fc.string({ minLength: 1, unit: "grapheme" });

describe("the key of an entry", () => {
  it("is larder:cache2:{collection:id}, and what belongs to it lies in the same slot", () => {
    const { entry, lease, handoff } = entrySlot("movies", "42");
    expect({ entry, lease, handoff }).toEqual({
      entry: "larder:cache2:{movies:42}",
      lease: "larder:cache2:{movies:42}:lease",
      handoff: "larder:cache2:{movies:42}:handoff",
    });
  });

  it("is another one for every other collection or id", () => {
    fc.assert(
      fc.property(name, name, name, name, (collection, id, otherCollection, otherId) => {
        const same = collection === otherCollection && id === otherId;
        expect(entrySlot(collection, id).entry === entrySlot(otherCollection, otherId).entry).toBe(same);
      }),
      {
        examples: [
          ["a:b", "c", "a", "b:c"],
          ["a}", "b", "a", "}b"],
          ["%3A", "b", ":", "b"],
        ],
      },
    );
  });

  it("has one hash tag, whatever the names hold", () => {
    fc.assert(
      fc.property(name, name, (collection, id) => {
        expect(entrySlot(collection, id).entry).toMatch(/^larder:cache2:\{[^{}]+\}$/);
      }),
      { examples: [["{}", "}{"]] },
    );
  });

  it("says of a name that is empty or no valid Unicode what it is", () => {
    const refusal = (remedy: string) => new TypeError(`an id of collection movies is ${remedy}`);
    expect(() => entrySlot("movies", "")).toThrow(refusal('"": give one that isn\'t empty'));
    expect(() => entrySlot("movies", "\ud800")).toThrow(
      refusal('"\\ud800": that isn\'t valid Unicode, so encode it first'),
    );
  });
});

it.each([
  [entrySlot, "a collection's name"],
  [collectionSlot, "a collection's name"],
  [sessionSlot, "a session slot"],
  [limiterSlot, "a limiter's name"],
  [(name: string) => limiterSlot("api", name), "a subject of limiter api"],
  [lockSlot, "a lock's name"],
  [boardSlot, "a board's name"],
  [queueSlot, "a queue's name"],
] as [(name: string, id: string) => unknown, string][])("%p refuses a name that is no string as %s", (slot, what) => {
  expect(() => slot(5 as unknown as string, "x")).toThrow(new TypeError(`${what} is 5: give a string`));
});

it("all sessions of a user lie under larder:session1:{slot}", () => {
  expect(sessionSlot("AbCdEfGhIjKlMn_-").sessions).toBe("larder:session1:{AbCdEfGhIjKlMn_-}");
});

it("all keys of a board lie in one slot, whatever its name and its ids hold", () => {
  fc.assert(
    fc.property(name, name, (board, id) => {
      const { window, added, rebuild, meanwhile, aside } = boardSlot(board);
      const keys = [window("day:2026-11-26"), added(id), rebuild, meanwhile, aside];
      const slots = new Set(keys.map((key) => /^larder:board1:\{([^{}]+)\}:/.exec(key)?.[1]));
      expect([slots.size, slots.has(undefined), new Set(keys).size]).toEqual([1, false, 5]);
    }),
    { examples: [["{}", "}{"]] },
  );
});

it("the keys of a queue lie in one slot", () => {
  const { answers, ...keys } = queueSlot("mails:{1}");
  for (const key of [...Object.values(keys), ...answers])
    expect(key).toMatch(/^larder:queue1:\{mails%3A%7B1%7D\}:[a-z0-9:-]+$/);
});
