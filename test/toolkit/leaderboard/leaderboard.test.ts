import {
  guardOf,
  Leaderboard,
  type LeaderboardEvent,
  type LeaderboardOptions,
  type RedisClient,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { boardSlot } from "../../../toolkit/redis/keys";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";

const dayMs = 86_400_000;
const thursdayMs = Date.parse("2026-11-26T12:00:00Z");

describe.each(redisModes)("a leaderboard (%s)", (mode) => {
  const redis = connected(addressOf(mode));

  function boardOf(more: Partial<LeaderboardOptions> = {}) {
    const name = more.name ?? randomUUID();
    const time = { ms: thursdayMs };
    const board = new Leaderboard({
      redis,
      name,
      windows: ["day", "week", "all"],
      deadlineMs: 5_000,
      redisTimeMs: () => time.ms,
      ...more,
    });
    const slot = boardSlot(name);
    const run = <T>(work: (client: RedisClient) => Promise<T>) => guardOf(redis).run("test", 5_000, work, slot.rebuild);
    return { board, time, slot, run };
  }

  it("adds what an order has to all windows, once for its id", async () => {
    const { board } = boardOf();
    const order = [
      { member: "slam", by: 2 },
      { member: "big", by: 1 },
      { member: "slam", by: 1 },
    ];
    await expect(board.add(order, { id: "order 1" })).resolves.toEqual({ added: true });
    await expect(board.add(order, { id: "order 1" })).resolves.toEqual({ added: false });
    for (const window of ["day", "week", "all"] as const)
      await expect(board.top(10, { window })).resolves.toEqual([
        { member: "slam", score: 3, rank: 1 },
        { member: "big", score: 1, rank: 2 },
      ]);
  });

  it("answers score, rank and neighbours, of an add in the same call", async () => {
    const { board } = boardOf();
    for (let at = 1; at <= 7; at++) await board.add([{ member: `film ${at}`, by: 10 * at }], { id: `order ${at}` });
    const here = { window: "week", neighbours: 1 } as const;
    const expected = {
      score: 45,
      rank: 4,
      neighbours: [
        { member: "film 5", score: 50, rank: 3 },
        { member: "film 4", score: 40, rank: 5 },
      ],
    };
    const change = { member: "film 3", by: 15 };
    await expect(board.addAndStanding(change, { id: "x", ...here })).resolves.toEqual({ added: true, ...expected });
    await expect(board.addAndStanding(change, { id: "x", ...here })).resolves.toEqual({ added: false, ...expected });
    await expect(board.standing("film 3", here)).resolves.toEqual(expected);
    await expect(board.standing("film 7", here)).resolves.toMatchObject({
      rank: 1,
      neighbours: [{ member: "film 6" }],
    });
    await expect(board.standing("film 3", { window: "week", neighbours: 0 })).resolves.toEqual({
      ...expected,
      neighbours: [],
    });
    await expect(board.standing("other", here)).resolves.toEqual({ score: 0, rank: undefined, neighbours: [] });
  });

  it("ranks who had as much earlier higher, also when that was heard of later, and what was taken back", async () => {
    const { board } = boardOf();
    const sold = (member: string, by: number, id: string, afterMs: number) =>
      board.add([{ member, by }], { id, atMs: thursdayMs + afterMs });
    await sold("late", 1, "1", 5_000);
    await sold("late", 1, "1a", 0);
    await sold("early", 2, "2", 1_000);
    await sold("first", 1, "3", 0);
    await sold("returned", 9, "4", 2_000);
    await sold("returned", -7, "5", 9_000);
    await sold("owed", -1, "6", 100);
    for (const window of ["day", "all"] as const) {
      const names = (await board.top(10, { window })).map(({ member, score }) => `${member} ${score}`);
      expect(names).toEqual(["early 2", "late 2", "returned 2", "first 1", "owed -1"]);
    }
  });

  it("counts by Redis' clock where no time is given, however wrong its own guess is", async () => {
    const { board, time } = boardOf();
    time.ms = Date.parse("2031-03-02T23:59:59.999Z");
    await board.add([{ member: "slam", by: 1 }], { id: "1" });
    time.ms += 1;
    await board.add([{ member: "slam", by: 1 }], { id: "2" });
    const atMs = Date.parse("2031-03-02");
    expect((await board.standing("slam", { window: "day", atMs })).score).toBe(1);
    expect((await board.standing("slam", { window: "day" })).score).toBe(1);
    expect((await board.standing("slam", { window: "week" })).score).toBe(1); // from Monday
    expect((await board.standing("slam", { window: "all" })).score).toBe(2);
  });

  it("answers an add that comes again for the day of the first one", async () => {
    const { board, time } = boardOf();
    const add = () => board.addAndStanding({ member: "slam", by: 3 }, { id: "1", window: "day" });
    await add();
    time.ms += dayMs;
    await expect(add()).resolves.toMatchObject({ added: false, score: 3, rank: 1 });
    expect(await board.top(1, { window: "day" })).toEqual([]);
  });

  it("uses Redis' own clock", async () => {
    const { board } = boardOf({ redisTimeMs: undefined });
    await board.add([{ member: "slam", by: 1 }], { id: "1" });
    expect((await board.standing("slam", { window: "all" })).score).toBe(1);
  });

  it("lets every key end by itself", async () => {
    const { board, time, slot, run } = boardOf({ idempotencyMs: 60_000, keepMs: { day: 2 * dayMs } });
    await board.add([{ member: "slam", by: 1 }], { id: "1" });
    await board.rebuild({ window: "all" }, async () => {
      await board.add([{ member: "slam", by: 1 }], { id: "2" });
      for (const key of [slot.rebuild, slot.meanwhile]) expect(await lifeMs(key)).toBeLessThanOrEqual(600_000);
      return { totals: [{ member: "a", score: 1, lastAtMs: 1 }], ids: ["3"] };
    });
    const lives = {
      [slot.window("day:2026-11-26")]: 2 * dayMs,
      [slot.window("week:2026-11-23")]: 35 * dayMs,
      [slot.window("all")]: 400 * dayMs,
      [slot.added("1")]: 60_000,
      [slot.added("3")]: 60_000,
      [slot.rebuild]: 600_000,
    };
    for (const [key, atMostMs] of Object.entries(lives)) {
      expect(await lifeMs(key)).toBeLessThanOrEqual(atMostMs);
      expect(await lifeMs(key)).toBeGreaterThan(atMostMs - 30_000);
    }
    time.ms = Date.parse("2026-11-28T12:00:00Z");
    await board.add([{ member: "slam", by: 1 }], { id: "4", atMs: thursdayMs });
    const half = dayMs / 2;
    expect(await lifeMs(slot.window("day:2026-11-26"))).toBeLessThanOrEqual(half); // two days after its end

    async function lifeMs(key: string): Promise<number> {
      const ms = await run((client) => client.pttl(key));
      expect(ms).toBeGreaterThan(0);
      return ms;
    }
  });

  it("leaves out a window that isn't kept any more, and doesn't begin it anew", async () => {
    const { board, time } = boardOf();
    time.ms = thursdayMs + 20 * dayMs;
    const late = { id: "1", atMs: thursdayMs };
    await expect(board.addAndStanding({ member: "slam", by: 1 }, { ...late, window: "day" })).resolves.toEqual({
      added: true,
      score: 0,
      rank: undefined,
      neighbours: [],
    });
    expect(await board.top(1, { window: "day", atMs: thursdayMs })).toEqual([]);
    expect((await board.standing("slam", { window: "week", atMs: thursdayMs })).score).toBe(1);
    const rebuilding = board.rebuild({ window: "day", atMs: thursdayMs }, () => ({ totals: [], ids: [] }));
    await expect(rebuilding).rejects.toThrow("doesn't keep that day any more");
  });

  it("refuses what wouldn't fit in a window, and adds nothing", async () => {
    const { board } = boardOf();
    for (const sign of [1, -1]) {
      const member = `slam ${sign}`;
      await board.add([{ member, by: sign * 2_097_151 }], { id: `most ${sign}` });
      const changes = [
        { member: "other", by: 1 },
        { member, by: sign },
      ];
      await expect(board.add(changes, { id: `more ${sign}` })).rejects.toThrow(
        `${member} would have ${sign * 2_097_152} in window all of board ${board.name}, more than fits; nothing was added`,
      );
      await expect(board.add([{ member, by: Number.MAX_SAFE_INTEGER }], { id: "x" })).rejects.toThrow(RangeError);
      for (const window of ["day", "all"] as const) {
        expect((await board.standing(member, { window })).score).toBe(sign * 2_097_151);
        expect((await board.standing("other", { window })).rank).toBeUndefined();
      }
      await expect(board.add([{ member, by: -sign }], { id: `more ${sign}` })).resolves.toEqual({ added: true });
    }
  });

  it("says what to do about a key that holds something else", async () => {
    const { board, slot, run } = boardOf();
    const remedy = "that no leaderboard writes: delete the key, and rebuild the window";
    const key = slot.window("all");
    const asks = [
      () => board.add([{ member: "slam", by: 1 }], { id: "1" }),
      () => board.standing("slam", { window: "all" }),
      () => board.top(1, { window: "all" }),
    ];
    await run((client) => client.set(key, "text"));
    for (const ask of asks) await expect(ask()).rejects.toThrow(remedy);
    for (const score of ["0.5", "-inf", "9007199254740992"]) {
      await run((client) => client.del(key));
      await run((client) => client.zadd(key, score, "slam"));
      for (const ask of asks) await expect(ask()).rejects.toThrow(remedy);
    }
    expect(await board.top(1, { window: "day" })).toEqual([]); // nothing was added
    await run((client) => client.del(key));
    await expect(board.add([{ member: "slam", by: 1 }], { id: "1" })).resolves.toEqual({ added: true });
  });

  it("refuses what it can't store or show, and shows it", async () => {
    const { board } = boardOf({ windows: ["day"] });
    const one = [{ member: "slam", by: 1 }];
    for (const by of [0, 0.5, Number.NaN, 2 ** 53])
      await expect(board.add([{ member: "slam", by }], { id: "1" })).rejects.toThrow(`slam is to get ${by}`);
    await expect(board.add([], { id: "1" })).rejects.toThrow("there are 0 changes to add: give 1 to 250");
    await expect(board.add(Array(251).fill(one[0]), { id: "1" })).rejects.toThrow("there are 251 changes");
    await expect(board.add(one, { id: "" })).rejects.toThrow('the id "" can\'t be stored');
    await expect(board.add([{ member: "\ud800", by: 1 }], { id: "1" })).rejects.toThrow("the member");
    const member = 5 as unknown as string;
    await expect(board.add([{ member, by: 1 }], { id: "1" })).rejects.toThrow(
      "the member 5 can't be stored: give a string",
    );
    await expect(board.add(one, { id: "1", atMs: 1e15 })).rejects.toThrow("atMs is 1000000000000000");
    await expect(board.top(1, { window: "week" })).rejects.toThrow("has no window week: it counts by day");
    await expect(board.top(1_001, { window: "day" })).rejects.toThrow("count is 1001");
    await expect(board.standing("slam", { window: "day", neighbours: 101 })).rejects.toThrow("neighbours is 101");
  });
});

describe.each(redisModes)("an add whose answer is lost (%s)", (mode) => {
  it("is made once, though it is sent again, and known to be its own", async () => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const redis = connected(reach(mode, address));
    const board = new Leaderboard({ redis, name: "films", windows: ["day", "all"], deadlineMs: 5_000 });
    const change = { member: "slam", by: 1 };
    await board.add([change], { id: "warm" });
    for (let round = 1; round <= 10; round++) {
      for (const proxy of proxies) proxy.cutAfterNextCommand();
      const id = `order ${round}`;
      await expect(board.addAndStanding(change, { id, window: "day" })).resolves.toMatchObject({
        added: true,
        score: round + 1,
      });
      await expect(board.add([change], { id })).resolves.toEqual({ added: false });
    }
    expect((await board.standing("slam", { window: "all" })).score).toBe(11);
  });
});

it.each([
  [{ windows: [] }, "are none: give each once"],
  [{ windows: ["day", "day"] }, "are day, day: give each once"],
  [{ keepMs: { week: dayMs } }, `keepMs.week of board films is ${dayMs}: give a whole number of at least 604800000`],
  [{ windows: ["month" as "day"] }, 'a window of board films is "month": give "day", "week" or "all"'],
  [{ idempotencyMs: 0 }, "idempotencyMs of board films is 0"],
  [{ deadlineMs: 1.5 }, "deadlineMs of board films is 1.5"],
] as const)("a board with %j is refused", (options, message) => {
  const redis = connected(addressOf("single"));
  expect(() => new Leaderboard({ redis, name: "films", windows: ["day", "week"], ...options })).toThrow(message);
});

it("a board takes what is undefined in keepMs for what isn't given", () => {
  const [redis, keepMs] = [connected(addressOf("single")), { day: undefined }];
  expect(new Leaderboard({ redis, name: "films", windows: ["day"], keepMs }).name).toBe("films");
});

it("a board whose Redis hangs throws within its deadline, and tells that it did", async () => {
  const server = await ownRedis();
  const redis = connected(reach("single", server.address));
  const events: LeaderboardEvent[] = [];
  const board = new Leaderboard({
    redis,
    name: "films",
    windows: ["all"],
    deadlineMs: 50,
    onEvent: (event) => events.push(event),
  });
  await until("it is connected", () => redis.status === "ready");
  server.freeze();
  const unavailable = { name: "RedisUnavailableError", reason: "deadline" };
  await expect(board.add([{ member: "slam", by: 1 }], { id: "1" })).rejects.toMatchObject(unavailable);
  expect(events).toEqual([{ type: "unavailable", board: "films", operation: "add", reason: "deadline" }]);
  server.thaw();
});
