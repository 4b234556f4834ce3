import type { HistoryEvent } from "./events";
import { failures, outlivedValues, overlappingLoads, staleReads } from "./invariants";

const read = (beganMs: number, value: number, more: object = {}): HistoryEvent => ({
  type: "read",
  collection: "numbers",
  id: "one",
  value,
  beganMs,
  call: "a",
  tiers: ["load"],
  ...more,
});

describe("a stale read", () => {
  const change: HistoryEvent = { type: "change", id: "one", value: 2, confirmedMs: 1_000 };

  it("began later than allowed after a change was confirmed, and saw what was before it", () => {
    expect(staleReads([change, read(1_101, 1)], 100)).toHaveLength(1);
    expect(staleReads([change, read(1_099, 1)], 100)).toEqual([]);
    expect(staleReads([change, read(1_101, 2)], 100)).toEqual([]);
    expect(staleReads([change, read(1_101, 1, { id: "two" })], 100)).toEqual([]);
  });

  it("is forgiven as long as a deposed primary may have answered", () => {
    const deposed: HistoryEvent = { type: "deposed", fromMs: 900, toMs: 1_050 };
    expect(staleReads([change, deposed, read(1_149, 1)], 100)).toEqual([]);
    expect(staleReads([change, deposed, read(1_151, 1)], 100)).toHaveLength(1);
  });
});

describe("two loads at a time", () => {
  const load = (call: string, beganMs: number, endedMs: number): HistoryEvent[] => [
    { type: "load", id: "one", call, beganMs, endedMs },
    read(beganMs - 10, 0, { collection: "steady", call }),
  ];
  const both = [...load("a", 100, 200), ...load("b", 150, 250)];

  it("break the rule while the first one's lease stands", () => {
    expect(overlappingLoads(both, 1_000)).toHaveLength(1);
    expect(overlappingLoads(both, 50)).toEqual([]); // the lease ran out
    expect(overlappingLoads([...load("a", 100, 200), ...load("b", 200, 250)], 1_000)).toEqual([]);
  });

  it("are allowed when Redis has forgotten the lease meanwhile, and past Redis", () => {
    expect(overlappingLoads([...both, { type: "loss", fromMs: 120, toMs: 130 }], 1_000)).toEqual([]);
    expect(overlappingLoads([...both, { type: "loss", fromMs: 160, toMs: 170 }], 1_000)).toHaveLength(1);
    const past = both.map((event) => (event.type === "read" ? { ...event, tiers: ["bypass"] } : event));
    expect(overlappingLoads(past, 1_000)).toEqual([]);
  });
});

describe("a value that outlives its expiry", () => {
  const lifetime = { lifetimeMs: 500, storingMs: 100 };
  const steady = (beganMs: number) => read(beganMs, 1_000, { collection: "steady" });

  it("is read when it can't have been stored so late", () => {
    expect(outlivedValues([steady(1_600)], lifetime)).toEqual([]);
    expect(outlivedValues([steady(1_601)], lifetime)).toHaveLength(1);
  });

  it("isn't one if something stood still before it was stored", () => {
    expect(outlivedValues([steady(1_601), { type: "pause", fromMs: 1_050, toMs: 1_060 }], lifetime)).toEqual([]);
    expect(outlivedValues([steady(1_601), { type: "pause", fromMs: 1_200, toMs: 1_300 }], lifetime)).toHaveLength(1);
  });
});

it("a failure is a read that was rejected, or a process that ended by itself", () => {
  const failed: HistoryEvent[] = [
    { type: "failed read", error: "x" },
    { type: "crash", code: 1 },
  ];
  expect(failures([...failed, { type: "failed change", error: "y" }, read(1, 1)])).toEqual(failed);
});
