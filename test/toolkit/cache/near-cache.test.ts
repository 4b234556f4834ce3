import fc from "fast-check";
import { hashOf } from "../../../toolkit/cache/change";
import { NearCache } from "../../../toolkit/cache/near-cache";

function valueOf(id: string, bytes: number) {
  return { id, value: id, bytes, refreshAtMs: 0, softExpiryMs: 0, hardExpiryMs: 0, versions: {} };
}

describe("what a process keeps itself", () => {
  it("never takes more bytes than it may, and knows how many it takes", () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 30 }).map(String),
      bytes: fc.integer({ min: 1, max: 60 }),
      drop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const near = new NearCache<string>(100, () => undefined);
        const kept = new Map<string, number>();
        for (const { id, bytes, drop } of steps) {
          if (drop) near.drop(hashOf(id));
          else near.set(hashOf(id), valueOf(id, bytes));
          kept.set(id, bytes);
          const present = [...kept].filter(([each]) => near.get(hashOf(each), each) !== undefined);
          expect(near.bytes).toBe(present.reduce((sum, [, size]) => sum + size, 0));
          expect(near.bytes).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it("throws out what wasn't asked for before what was", () => {
    const near = new NearCache<string>(3, () => undefined);
    for (const id of ["a", "b", "c"]) near.set(hashOf(id), valueOf(id, 1));
    near.get(hashOf("a"), "a");
    near.set(hashOf("d"), valueOf("d", 1));
    expect(["a", "b", "c", "d"].filter((id) => near.get(hashOf(id), id) !== undefined)).toEqual(["a", "c", "d"]);
  });

  it("doesn't take one id for another that has the same hash", () => {
    const near = new NearCache<string>(100, () => undefined);
    near.set(7, valueOf("one", 1));
    expect(near.get(7, "other")).toBeUndefined();
  });
});

describe("the hash in the log", () => {
  // The known answers of draft-eastlake-fnv.
  it.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("of %j is FNV-1a's", (name, hash) => expect(hashOf(name)).toBe(hash));

  it("is over UTF-8", () => expect(hashOf("é")).toBe(hashOf("\u00e9")));
});
