/** A window is put together anew while adds go on. */
import {
  type BoardSource,
  type BoardWindow,
  Leaderboard,
  RedisUnavailableError,
  type RebuildSpan,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { boardSlot } from "../../../toolkit/redis/keys";
import { administer } from "../../support/administer";
import { confirmed } from "../../support/confirmed";
import { oneOf, pause } from "../../support/process-fleet";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownReplicatedRedis } from "../../support/replicated-redis";
import { until } from "../../support/until";
import { type Added, ranking } from "./oracle";

const windows: readonly BoardWindow[] = ["day", "week", "all"];
const atMs = Date.now();

/** A source of record: what lies in it was committed. */
class Orders {
  readonly log: Added[] = [];

  commit(member: string, by = 1): Added {
    const order = {
      id: randomUUID(),
      atMs: atMs - Math.floor(Math.random() * 5) * 50_000_000,
      changes: [{ member, by }],
    };
    this.log.push(order);
    return order;
  }

  /** As of now. */
  source({ fromMs, untilMs }: RebuildSpan): BoardSource {
    const orders = this.log.filter((order) => order.atMs >= fromMs && order.atMs < untilMs);
    const totals = new Map<string, { score: number; lastAtMs: number }>();
    for (const order of orders)
      for (const { member, by } of order.changes) {
        const { score, lastAtMs } = totals.get(member) ?? { score: 0, lastAtMs: 0 };
        totals.set(member, { score: score + by, lastAtMs: Math.max(lastAtMs, order.atMs) });
      }
    return {
      totals: [...totals].map(([member, total]) => ({ member, ...total })),
      ids: orders.map(({ id }) => id),
    };
  }
}

async function expectAll(board: Leaderboard, log: readonly Added[]): Promise<void> {
  for (const window of windows)
    for (const time of new Set(log.map((order) => order.atMs)))
      expect(await board.top(1_000, { window, atMs: time })).toEqual(ranking(log, window, time));
}

describe.each(redisModes)("a rebuilt window (%s)", (mode) => {
  const redis = connected(addressOf(mode));

  function shop() {
    const board = new Leaderboard({ redis, name: randomUUID(), windows, deadlineMs: 5_000 });
    const orders = new Orders();
    const add = (order: Added) => board.add(order.changes, order);
    const score = async (member: string, window: BoardWindow = "all") =>
      (await board.standing(member, { window })).score;
    return { board, orders, add, score };
  }

  it("takes the place of the old one at once, and leaves the others as they are", async () => {
    const { board, score } = shop();
    await board.add([{ member: "old", by: 7 }], { id: "1" });
    const seen: number[] = [];
    async function* totals() {
      for (let at = 0; at < 1_500; at++) {
        if (at % 500 === 0) seen.push(await score("old"), await score("new 0"));
        yield { member: `new ${at}`, score: at, lastAtMs: atMs };
      }
    }
    await expect(board.rebuild({ window: "all" }, () => ({ totals: totals(), ids: [] }))).resolves.toEqual({
      rebuilt: true,
    });
    expect(seen).toEqual([7, 0, 7, 0, 7, 0]);
    expect((await board.standing("old", { window: "all" })).rank).toBeUndefined();
    expect(await board.top(1, { window: "all" })).toEqual([{ member: "new 1499", score: 1_499, rank: 1 }]);
    expect((await board.standing("new 0", { window: "all" })).rank).toBe(1_500);
    expect(await score("old", "day")).toBe(7);
  });

  it("counts each order once, whenever it is added", async () => {
    const { board, orders, add, score } = shop();
    await add(orders.commit("before"));
    const [atOnce, meanwhile, afterwards] = [orders.commit("a"), orders.commit("b"), orders.commit("c")];
    await board.rebuild({ window: "all" }, async (span) => {
      await add(atOnce);
      const { totals, ids } = orders.source(span);
      await add(orders.commit("later"));
      async function* slowly() {
        await add(orders.commit("later"));
        yield* ids;
        await add(meanwhile);
        await add(orders.commit("later"));
      }
      return { totals, ids: slowly() };
    });
    expect(await Promise.all(["before", "a", "b", "c", "later"].map((member) => score(member)))).toEqual([
      1, 1, 1, 1, 3,
    ]);
    await add(afterwards);
    await expectAll(board, orders.log); // where it wasn't rebuilt, it still had to be added
    for (const order of orders.log) await add(order);
    await expectAll(board, orders.log);
  });

  it("brings back what Redis lost, and counts nothing again that comes again", async () => {
    const { board, orders, add } = shop();
    for (let at = 0; at < 30; at++) await add(orders.commit(`film ${at % 4}`));
    const slot = boardSlot(board.name);
    const days = new Set(orders.log.map((order) => order.atMs));
    const names = ["all", ...[...days].map((ms) => `day:${new Date(ms).toISOString().slice(0, 10)}`)];
    for (const key of [...names.map(slot.window), ...orders.log.map(({ id }) => slot.added(id))])
      await redis.unlink(key);
    await board.rebuild({ window: "all" }, (span) => orders.source(span));
    for (const window of ["day", "week"] as const)
      for (const time of days) await board.rebuild({ window, atMs: time }, (span) => orders.source(span));
    for (const order of orders.log) await add(order);
    await expectAll(board, orders.log);
  });

  it.each([1, 500, 1_200])("stays as it was when its source has a member twice, %i others apart", async (apart) => {
    const { board, score } = shop();
    await board.add([{ member: "slam", by: 7 }], { id: "1" });
    const total = (member: string) => ({ member, score: 1, lastAtMs: atMs });
    const others = Array.from({ length: apart }, (_, at) => total(`film ${at}`));
    const totals = [total("slam"), ...others, total("slam")];
    await expect(board.rebuild({ window: "all" }, () => ({ totals, ids: [] }))).rejects.toThrow(
      "the totals have slam twice: give one of each member",
    );
    expect(await score("slam")).toBe(7);
  });

  it("isn't put together from a text's letters", async () => {
    const { board } = shop();
    const totals = [{ member: "slam", score: 1, lastAtMs: atMs }];
    const rebuilt = board.rebuild({ window: "all" }, () => ({ totals, ids: "order" }));
    await expect(rebuilt).rejects.toThrow("ids is a text of 5 characters: give an array");
  });

  it("stays as it was when its source fails, and has what was added meanwhile", async () => {
    const { board, score } = shop();
    await board.add([{ member: "slam", by: 1 }], { id: "1" });
    async function* failing() {
      yield { member: "other", score: 1, lastAtMs: atMs };
      await board.add([{ member: "slam", by: 1 }], { id: "2" });
      throw new Error("the source is gone");
    }
    await expect(board.rebuild({ window: "all" }, () => ({ totals: failing(), ids: [] }))).rejects.toThrow("is gone");
    const bad = { member: "x", score: 2 ** 21, lastAtMs: atMs };
    await expect(board.rebuild({ window: "all" }, () => ({ totals: [bad], ids: [] }))).rejects.toThrow(
      "score of x in all is 2097152: give a whole number from -2097151 to 2097151",
    );
    const early = { member: "x", score: 1, lastAtMs: 1 };
    await expect(board.rebuild({ window: "day" }, () => ({ totals: [early], ids: [] }))).rejects.toThrow(
      "lastAtMs of x",
    );
    expect(await score("slam")).toBe(2);
    expect(await score("other")).toBe(0);
  });

  it("is that of the rebuild that began last", async () => {
    const { board, score } = shop();
    const other = (window: BoardWindow) => board.rebuild({ window }, () => total("last"));
    const total = (member: string) => ({ totals: [{ member, score: 1, lastAtMs: atMs }], ids: ["1"] });
    const first = board.rebuild({ window: "all" }, async () => {
      await expect(other("all")).resolves.toEqual({ rebuilt: true });
      return total("first");
    });
    await expect(first).resolves.toEqual({ rebuilt: false });
    async function* ids() {
      await other("day");
      yield "2";
    }
    await expect(board.rebuild({ window: "all" }, () => ({ ...total("first"), ids: ids() }))).resolves.toEqual({
      rebuilt: false,
    });
    expect([await score("first"), await score("last"), await score("last", "day")]).toEqual([0, 1, 1]);
  });

  it("takes in what many orders bring meanwhile, a part at a time", async () => {
    const { board, orders, add } = shop();
    await board.rebuild({ window: "all" }, async () => {
      for (let at = 0; at < 450; at++) await add(orders.commit(`film ${at % 9}`));
      return { totals: [], ids: [] };
    });
    await expectAll(board, orders.log);
  });

  it("may be empty", async () => {
    const { board } = shop();
    await board.add([{ member: "slam", by: 1 }], { id: "1" });
    await expect(board.rebuild({ window: "all" }, () => ({ totals: [], ids: [] }))).resolves.toEqual({ rebuilt: true });
    expect(await board.top(10, { window: "all" })).toEqual([]);
  });

  /** Commits and adds orders, while one window after the other is rebuilt and connections are cut. */
  async function sell(sourceOf: (orders: Orders, span: RebuildSpan) => BoardSource) {
    const { address, proxies } = await ownProxiedRedis(mode);
    const client = connected(reach(mode, address));
    const board = new Leaderboard({ redis: client, name: "films", windows, deadlineMs: 1_000 });
    const orders = new Orders();
    const answered = async <T>(work: () => Promise<T>): Promise<T> => {
      for (;;)
        try {
          return await work();
        } catch (error) {
          if (!(error instanceof RedisUnavailableError)) throw error;
          await pause(10); // the breaker may be open
        }
    };
    let rebuilt = 0;
    const run = { underWay: true };
    const selling = Array.from({ length: 8 }, async () => {
      while (run.underWay) {
        const order = orders.commit(`film ${Math.floor(Math.random() * 5)}`, 1 + Math.floor(Math.random() * 3));
        await pause(Math.random() * 20);
        await answered(() => board.add(order.changes, order));
      }
    });
    const cutting = async () => {
      while (run.underWay) {
        oneOf(proxies)?.cutAfterNextCommand(0.7);
        await pause(20 + Math.random() * 60);
      }
    };
    const cuts = cutting();
    const endMs = performance.now() + 2_000;
    while (performance.now() < endMs || rebuilt < 6 || orders.log.length < 50) {
      const [window, time] = [oneOf(windows)!, oneOf([0, 1, 2, 3, 4])!];
      const rebuild = () => board.rebuild({ window, atMs: atMs - time * 50_000_000 }, (span) => sourceOf(orders, span));
      if ((await answered(rebuild)).rebuilt) rebuilt++;
    }
    run.underWay = false;
    await Promise.all([...selling, cuts]);
    return { board, log: orders.log };
  }

  it("counts each order once, though adds go on, connections are cut and replies are lost", async () => {
    const { board, log } = await sell((orders, span) => orders.source(span));
    await expectAll(board, log);
  }, 60_000);

  it("counts some twice where the source tells no ids, so that the test above means something", async () => {
    const { board, log } = await sell((orders, span) => ({ ...orders.source(span), ids: [] }));
    await expect(expectAll(board, log)).rejects.toThrow();
  }, 60_000);
});

it("a rebuild of which a failover lost a part is given up, and the old window stays", async () => {
  const replicated = await ownReplicatedRedis();
  const redis = connected(reach("single", replicated.address));
  const board = new Leaderboard({ redis, name: "films", windows: ["all"], deadlineMs: 10_000 });
  const successor = replicated.replicas[0]!;
  await confirmed(() => board.add([{ member: "old", by: 1 }], { id: "1" }));
  async function* totals() {
    for (let at = 0; at < 1_500; at++) {
      if (at === 500) {
        await until("the replica has the first part", () =>
          administer(successor.address, async (client) => (await client.zcard(boardSlot("films").aside)) === 500),
        );
        replicated.linkOf(successor).stall(); // it misses the second part
      }
      if (at === 1_000) await replicated.failOver(successor, "killed");
      yield { member: `new ${at}`, score: at, lastAtMs: atMs };
    }
  }
  await expect(board.rebuild({ window: "all" }, () => ({ totals: totals(), ids: [] }))).resolves.toEqual({
    rebuilt: false,
  });
  expect(await board.top(10, { window: "all" })).toEqual([{ member: "old", score: 1, rank: 1 }]);
});
