import { type BoardWindow, Leaderboard } from "@larder/toolkit";
import fc from "fast-check";
import { randomUUID } from "node:crypto";
import { addressOf, connected, redisModes } from "../../support/redis-clients";
import { type Added, ranking } from "./oracle";

const windows: readonly BoardWindow[] = ["day", "week", "all"];

/** Around midnight, the end of an ISO week, of a year, and of an ISO year that isn't the calendar's. */
const turns = ["2026-11-26", "2026-11-30", "2027-01-01", "2027-01-04", "2024-12-30"].map((day) => Date.parse(day));
const afterwards = fc.constantFrom(-86_400_000, -1_000, -999, -2, -1, 0, 1, 2, 999, 1_000, 43_200_000);

const change = fc.record({
  member: fc.constantFrom("a", "b", "é", "z z"),
  by: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(-1, 1, 1, 2) }, fc.constantFrom(-2_000_000, 2_000_000)),
});

/** Around one of the turns, so that many meet. */
const adds = fc.constantFrom(...turns).chain((turn) =>
  fc.array(
    fc.record({
      id: fc.nat({ max: 25 }).map(String),
      atMs: afterwards.map((ms) => turn + ms),
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 30 },
  ),
);

/** Twice two million is more than all time holds, so large changes come at most once each way. */
function fitting(drawn: readonly Added[]): Added[] {
  const kept = { large: 0 };
  return drawn.filter(({ changes }) => {
    const large = changes.filter(({ by }) => Math.abs(by) > 1_000).length;
    kept.large += large;
    return large === 0 || kept.large <= 1;
  });
}

describe.each(redisModes)("what a board answers (%s)", (mode) => {
  const redis = connected(addressOf(mode));

  it("is what all that was added comes to, each id once, in every window, whatever the order", async () => {
    await fc.assert(
      fc.asyncProperty(adds, async (drawn) => {
        const nowMs = Math.max(...turns);
        const year = 400 * 86_400_000;
        const board = new Leaderboard({
          redis,
          name: randomUUID(),
          windows,
          deadlineMs: 5_000,
          keepMs: { day: 3 * year, week: 3 * year },
          redisTimeMs: () => nowMs,
        });
        const log: Added[] = [];
        for (const add of fitting(drawn)) {
          const isNew = !log.some(({ id }) => id === add.id);
          expect(await board.add(add.changes, add)).toEqual({ added: isNew });
          if (isNew) log.push(add);
        }
        for (const atMs of new Set(log.map((added) => added.atMs)))
          for (const window of windows) {
            const all = ranking(log, window, atMs);
            expect(await board.top(100, { window, atMs })).toEqual(all);
            const place = Math.floor(Math.random() * all.length);
            const { member, score, rank } = all[place]!;
            const around = all.slice(Math.max(place - 2, 0), place + 3);
            const neighbours = around.filter((entry) => entry.member !== member);
            expect(await board.standing(member, { window, atMs })).toEqual({ score, rank, neighbours });
          }
      }),
      { numRuns: 150 },
    );
  });
});
