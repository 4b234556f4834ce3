import { findWindowMistakes } from "../../lib/constructs/time-windows";

const mistakes = (backup: string, maintenance: string) => [
  ...findWindowMistakes({ backup, maintenance, minimumMinutes: 60 }),
];

describe("windows of a store", () => {
  it.each([
    ["03:00-04:00", "sun:05:00-sun:06:00"],
    ["03:00-05:00", "sun:05:00-sun:06:00"], // one ends when the other begins
    ["23:30-00:30", "sun:05:00-sun:06:00"],
    ["03:00-04:00", "sun:23:00-mon:01:00"],
  ])("may be %s each day and %s each week", (backup, maintenance) => {
    expect(mistakes(backup, maintenance)).toEqual([]);
  });

  it.each([
    ["05:30-06:30", "sun:05:00-sun:06:00"],
    ["04:00-07:00", "wed:05:00-wed:06:00"],
    ["23:30-00:30", "mon:00:00-mon:01:00"],
    ["00:30-01:30", "sun:23:00-mon:01:00"], // over the end of the week
    ["03:00-04:00", "fri:22:00-sat:10:00"],
  ])("overlap as %s and %s", (backup, maintenance) => {
    expect(mistakes(backup, maintenance)).toEqual([expect.stringMatching(/overlap.+move one/)]);
  });

  it.each(["3:00-4:00", "24:00-25:00", "03:60-05:00", "03:00-03:59", "03:00-03:00", "always", ""])(
    "can't be %p each day",
    (backup) => {
      expect(mistakes(backup, "sun:05:00-sun:06:00")).toEqual([
        expect.stringContaining(`the backup window is "${backup}"`),
      ]);
    },
  );

  it.each(["sun:05:00-sun:05:59", "son:05:00-son:06:00", "sun:05:00-mon:05:01", "05:00-06:00", ""])(
    "can't be %p each week",
    (maintenance) => {
      expect(mistakes("03:00-04:00", maintenance)).toEqual(
        expect.arrayContaining([expect.stringContaining(`the maintenance window is "${maintenance}"`)]),
      );
    },
  );
});
