import { Leaderboard, Locks, Queue, RateLimiter, SessionStore, SharedCache, work } from "@larder/toolkit";
import { addressOf, connected } from "../support/redis-clients";

const redis = connected(addressOf("single"));
const parse = Number;
const policy = { name: "x", algorithm: "gcra", limit: 1, windowMs: 1_000, withoutRedis: "open" } as const;
const queueOf = (deadlineMs: number) => new Queue({ redis, name: "x", parse, deadlineMs });

it.each<[string, (deadlineMs: number) => unknown]>([
  ["a cache", (deadlineMs) => new SharedCache({ redis, deadlineMs })],
  ["a leaderboard", (deadlineMs) => new Leaderboard({ redis, name: "x", windows: ["all"], deadlineMs })],
  ["locks", (deadlineMs) => new Locks({ redis, deadlineMs })],
  ["a queue", queueOf],
  ["a limiter", (deadlineMs) => new RateLimiter({ redis, name: "x", policies: [policy], deadlineMs })],
  ["sessions", (deadlineMs) => new SessionStore({ redis, idleMs: 1_000, absoluteMs: 1_000, parse, deadlineMs })],
])("a deadline of %s is no longer than a timer can be, which would else be over at once", (_of, make) => {
  expect(() => make(2 ** 31)).toThrow(/deadlineMs.* is 2147483648: give a whole number from 1 to 2147483647/);
  expect(() => make(0)).toThrow(RangeError);
  expect(() => make(2 ** 31 - 1)).not.toThrow();
});

it("a pause of work isn't either", async () => {
  const begun = work(queueOf(500), async () => undefined, { concurrency: 1, untilEmpty: true, maxPauseMs: 2 ** 31 });
  await expect(begun).rejects.toThrow("maxPauseMs is 2147483648");
});
