import fc from "fast-check";
import { entryKey } from "../../../toolkit/redis/keys";

const name = fc.string({ minLength: 1, unit: "grapheme" });

describe("the key of an entry", () => {
  it("is larder:cache1:{collection:id}", () => {
    expect(entryKey("movies", "42")).toBe("larder:cache1:{movies:42}");
  });

  it("is another one for every other collection or id", () => {
    fc.assert(
      fc.property(name, name, name, name, (collection, id, otherCollection, otherId) => {
        const same = collection === otherCollection && id === otherId;
        expect(entryKey(collection, id) === entryKey(otherCollection, otherId)).toBe(same);
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
        expect(entryKey(collection, id)).toMatch(/^larder:cache1:\{[^{}]+\}$/);
      }),
      { examples: [["{}", "}{"]] },
    );
  });

  it("refuses a name that is empty or no valid Unicode, and shows it", () => {
    expect(() => entryKey("movies", "")).toThrow("a key needs a name that isn't empty");
    expect(() => entryKey("movies", "\ud800")).toThrow('"\\ud800" isn\'t valid Unicode');
  });
});
