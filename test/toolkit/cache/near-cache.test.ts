import fc from "fast-check";
import { hashOf } from "../../../toolkit/cache/change";
import { Kept } from "../../../toolkit/cache/kept";
import { NearCache } from "../../../toolkit/cache/near-cache";
import { RecentChanges } from "../../../toolkit/cache/recent-changes";

function valueOf(bytes: number) {
  return new Kept({ value: "", bytes, loadMs: 0, softExpiryMs: 0, hardExpiryMs: 0, versions: {} }, Infinity, 0);
}

describe("what a process keeps itself", () => {
  it("never takes more bytes than it may, and knows how many it takes", () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 30 }).map(String),
      bytes: fc.integer({ min: 1, max: 110 }),
      drop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const near = new NearCache<string>(100, () => undefined);
        const kept = new Map<string, number>();
        for (const { id, bytes, drop } of steps) {
          if (drop) near.drop(id);
          else near.set(id, valueOf(bytes));
          kept.set(id, bytes);
          const present = [...kept].filter(([each]) => near.get(each) !== undefined);
          expect(near.bytes).toBe(present.reduce((sum, [, size]) => sum + size, 0));
          expect(near.entries).toBe(present.length);
          expect(near.bytes).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it("throws out what wasn't asked for before what was, and goes round", () => {
    let evictions = 0;
    const near = new NearCache<string>(3, () => evictions++);
    const ids = ["a", "b", "c", "d", "e"];
    const present = () => ids.filter((id) => near.get(id) !== undefined);
    for (const id of ["a", "b", "c"]) near.set(id, valueOf(1));
    near.get("a");
    near.set("d", valueOf(1));
    expect(present()).toEqual(["a", "c", "d"]); // all of them are asked for by that
    near.set("e", valueOf(1));
    expect([present(), evictions]).toEqual([["a", "d", "e"], 2]);
  });
});

describe("what is known of recent changes", () => {
  it("tells a change of a value that is kept from one before it was", () => {
    const changes = new RecentChanges();
    changes.note(7, 3);
    expect([2, 3, 4].map((at) => changes.mayHaveChangedSince(7, at))).toEqual([true, false, false]);
    expect(changes.mayHaveChangedSince(8, 2)).toBe(false);
  });

  it("is bounded, and says of what is too long ago that it may have changed", () => {
    const changes = new RecentChanges();
    changes.note(7, 1);
    for (let at = 2; at <= 30_001; at++) changes.note(-at, at);
    expect([1, 10_000].map((at) => changes.mayHaveChangedSince(8, at))).toEqual([true, true]);
    expect(changes.mayHaveChangedSince(8, 25_000)).toBe(false);
    expect(changes.mayHaveChangedSince(-25_001, 25_000)).toBe(true);
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
