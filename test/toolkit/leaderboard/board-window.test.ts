import fc from "fast-check";
import { type BoardWindow, countOf, mostOf, packScore, spanOf } from "../../../toolkit/leaderboard/board-window";

const windows: readonly BoardWindow[] = ["day", "week", "all"];
const lastMs = 2 ** 32 * 1_000 - 1;

/** Two counts, near each other or at the ends, and two times within a window. */
const pair = fc.constantFrom(...windows).chain((window) => {
  const most = mostOf(window);
  const count = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(-most, most),
    fc.integer({ min: -most, max: most }),
  );
  return fc.integer({ min: 0, max: lastMs }).chain((atMs) => {
    const span = spanOf(window, atMs);
    const first = Math.max(span.fromMs, 0);
    const last = span.untilMs - 1;
    const time = fc.oneof(fc.constantFrom(first, last, atMs), fc.integer({ min: first, max: last }));
    return fc.record({ span: fc.constant(span), one: fc.tuple(count, time), other: fc.tuple(count, time) });
  });
});

it("a score holds count and time exactly, and orders by more first, then earlier", () => {
  fc.assert(
    fc.property(pair, ({ span, one, other }) => {
      const scores = [one, other].map(([count, atMs]) => packScore(span, count, atMs));
      const units = [one, other].map(([, atMs]) => Math.floor((atMs - span.fromMs) / span.unitMs));
      for (const [at, score] of scores.entries()) {
        const [count] = [one, other][at]!;
        expect(Number.isSafeInteger(score)).toBe(true);
        expect(countOf(score, span.window)).toBe(count);
        expect(score + count * span.units).toBe(units[at]);
      }
      const order = one[0] === other[0] ? Math.sign(units[0]! - units[1]!) : Math.sign(other[0] - one[0]);
      expect(Math.sign(scores[0]! - scores[1]!)).toBe(order);
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  ["day", 67_108_863],
  ["week", 8_388_607],
  ["all", 2_097_151],
] as const)("a %s counts to %i both ways, and one more wouldn't be exact", (window, most) => {
  expect(mostOf(window)).toBe(most);
  const span = spanOf(window, 1_800_000_000_000);
  const first = packScore(span, most + 1, span.fromMs);
  const last = packScore(span, -(most + 1), span.untilMs - 1);
  expect([first, last].every(Number.isSafeInteger)).toBe(false);
});

it("days and ISO weeks are those of UTC", () => {
  const named = (iso: string) => windows.map((window) => spanOf(window, Date.parse(iso)).name);
  expect(named("2026-12-31T23:59:59.999Z")).toEqual(["day:2026-12-31", "week:2026-12-28", "all"]);
  expect(named("2027-01-01T00:00:00.000Z")).toEqual(["day:2027-01-01", "week:2026-12-28", "all"]);
  expect(named("2027-01-03T23:59:59.999Z")).toEqual(["day:2027-01-03", "week:2026-12-28", "all"]);
  expect(named("2027-01-04T00:00:00.000Z")).toEqual(["day:2027-01-04", "week:2027-01-04", "all"]);
  expect(named("1970-01-01T00:00:00.000Z")).toEqual(["day:1970-01-01", "week:1969-12-29", "all"]);
});

it("each moment lies in one window of each kind, which is as long as it should be and begins as it should", () => {
  fc.assert(
    fc.property(fc.constantFrom(...windows), fc.integer({ min: 0, max: lastMs }), (window, atMs) => {
      const { fromMs, untilMs, units, unitMs } = spanOf(window, atMs);
      expect(fromMs <= atMs && atMs < untilMs).toBe(true);
      expect((untilMs - fromMs) / unitMs).toBeLessThanOrEqual(units);
      if (window === "all") return;
      const begin = new Date(fromMs);
      expect(begin.toISOString()).toMatch(/T00:00:00.000Z$/);
      expect(untilMs - fromMs).toBe(window === "day" ? 86_400_000 : 604_800_000);
      if (window === "week") expect(begin.getUTCDay()).toBe(1);
    }),
  );
});

it("a time that isn't in milliseconds since 1970, or is after 2106, is refused and shown", () => {
  for (const atMs of [-1, 1.5, Number.NaN, lastMs + 1])
    expect(() => spanOf("day", atMs)).toThrow(`atMs is ${atMs}: give a whole number from 0 to ${lastMs}`);
});
