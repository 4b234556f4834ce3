import type { BoardEntry, BoardWindow } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { Database } from "../../lambdas/platform/database";
import type { Queries } from "../../lambdas/platform/queries";
import { BestSellers, openBestSellerBoard } from "../../lambdas/shop/best-sellers";
import { administer } from "../support/administer";
import { insertOrderOf, insertPaidOrder } from "../support/paid-orders";
import { oneOf, pause } from "../support/process-fleet";
import { addressOf, connected, reach, type RedisMode, redisModes } from "../support/redis-clients";
import { ownRedis, servers } from "../support/servers";
import { connectedDatabase, type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";
import { until } from "../support/until";
import { type Added, ranking } from "../toolkit/leaderboard/oracle";

const windows: readonly BoardWindow[] = ["day", "week", "all"];
const dayMs = 86_400_000;

let env: DatabaseEnvironment;
let database: Database;
beforeAll(async () => {
  env = await migratedDatabase();
  database = connectedDatabase(env);
});

/** Everything that was counted, and all that was known of orders. */
async function loseRedis(mode: RedisMode): Promise<void> {
  const { redis, cluster } = servers();
  const { user, password } = cluster;
  const lost = mode === "single" ? [redis] : cluster.nodes.map((node) => ({ ...node, user, password }));
  await Promise.all(lost.map((server) => administer(server, (client) => client.flushall())));
}

const Sold = z.object({ id: z.string(), at_ms: z.int(), movie_id: z.int(), quantity: z.int() });

/** What the board has to show by now, by reading each order. */
async function expected(): Promise<Record<BoardWindow, BoardEntry[]>> {
  const rows = await database.query(
    Sold,
    `SELECT id, movie_id, quantity, (extract(epoch FROM date_trunc('milliseconds', paid_at)) * 1000)::float8 AS at_ms
     FROM orders JOIN order_lines ON order_id = id WHERE status = 'paid'`,
    [],
  );
  const log = [...Map.groupBy(rows, ({ id }) => id)].map(([id, lines]): Added => ({
    id,
    atMs: lines[0]!.at_ms,
    changes: lines.map(({ movie_id, quantity }) => ({ member: String(movie_id), by: quantity })),
  }));
  const of = (window: BoardWindow) => ranking(log, window, Date.now());
  return { day: of("day"), week: of("week"), all: of("all") };
}

async function shown(bestSellers: BestSellers): Promise<Record<BoardWindow, readonly BoardEntry[]>> {
  const [day, week, all] = await Promise.all(windows.map((window) => bestSellers.top(window, 1_000)));
  return { day: day!, week: week!, all: all! };
}

const films = (entries: readonly BoardEntry[]) => entries.map(({ member, score }) => `${member}: ${score}`);

describe.each(redisModes)("best-selling films (%s)", (mode) => {
  /** As one environment has them, with connections of its own. */
  const bestSellersHere = (over = connectedDatabase(env)) =>
    new BestSellers(openBestSellerBoard(connected(addressOf(mode))), over);

  beforeEach(async () => {
    await database.query(z.object({}), "DELETE FROM orders", []);
    await loseRedis(mode);
  });

  it("count a paid order in the day, the week and all time, once, however often and by whomever it is counted", async () => {
    const [one, other] = [bestSellersHere(), bestSellersHere()];
    const order = await insertPaidOrder(database, { 1: 2, 7: 3 });
    const outcomes = await Promise.all([one, other, one, other].map((each) => each.countSales(order)));
    expect(outcomes.sort()).toEqual(["counted", "known", "known", "known"]);
    await expect(one.countSales(order)).resolves.toBe("known");
    for (const window of windows) expect(films(await one.top(window, 10))).toEqual(["7: 3", "1: 2"]);
    await expect(other.around("week", "1", 1)).resolves.toEqual({
      score: 2,
      rank: 2,
      neighbours: [{ member: "7", score: 3, rank: 1 }],
    });
  });

  it("rank of as many sold the film higher that had them earlier, whichever was counted first", async () => {
    const bestSellers = bestSellersHere();
    const orders = [
      await insertPaidOrder(database, { 3: 2 }, Date.now() - 3_000),
      await insertPaidOrder(database, { 2: 2 }, Date.now() - 6_000),
      await insertPaidOrder(database, { 1: 2 }, Date.now() - 9_000),
    ];
    for (const order of orders) await bestSellers.countSales(order);
    expect(films(await bestSellers.top("all", 10))).toEqual(["1: 2", "2: 2", "3: 2"]);
  });

  it("count nothing of an order that isn't paid, or isn't there", async () => {
    const bestSellers = bestSellersHere();
    const orders = [
      await insertOrderOf(database, "pending", { 1: 1 }),
      await insertOrderOf(database, "refused", { 1: 1 }),
      randomUUID(),
    ];
    for (const order of orders) await expect(bestSellers.countSales(order)).resolves.toBe("not-paid");
    await expect(bestSellers.rebuild()).resolves.toEqual({ rebuilt: true });
    expect(await shown(bestSellers)).toEqual({ day: [], week: [], all: [] });
    await database.query(z.object({}), "UPDATE orders SET status = 'paid', paid_at = now() WHERE id = $1", [orders[0]]);
    await expect(bestSellers.countSales(orders[0]!)).resolves.toBe("counted");
  });

  it("count an order by the time of its payment, and one that was paid a week ago by a rebuild only", async () => {
    const bestSellers = bestSellersHere();
    const ofLastWeek = await insertPaidOrder(database, { 1: 1 }, Date.now() - 7 * dayMs + 60_000);
    const late = await insertPaidOrder(database, { 2: 1 }, Date.now() - 7 * dayMs);
    await expect(bestSellers.countSales(ofLastWeek)).resolves.toBe("counted");
    await expect(bestSellers.countSales(late)).resolves.toBe("too-late");
    expect(films(await bestSellers.top("all", 10))).toEqual(["1: 1"]);
    expect(await bestSellers.top("week", 10)).toEqual([]);
    await bestSellers.rebuild();
    expect(films(await bestSellers.top("all", 10))).toEqual(["2: 1", "1: 1"]);
    await expect(bestSellers.countSales(late)).resolves.toBe("too-late");
    expect(await shown(bestSellers)).toEqual(await expected());
  });

  it("put an order into the day that it was paid in, to the millisecond", async () => {
    const bestSellers = bestSellersHere();
    const dayBegins = Date.now() - (Date.now() % dayMs);
    for (const [film, paidAtMs] of [
      [1, dayBegins - 1],
      [2, dayBegins],
      [3, dayBegins + dayMs - 1],
      [4, dayBegins + dayMs],
    ] as const)
      await bestSellers.countSales(await insertPaidOrder(database, { [film]: 1 }, paidAtMs));
    const today = ["2: 1", "3: 1"];
    expect(films(await bestSellers.top("day", 10))).toEqual(today);
    await loseRedis(mode);
    await bestSellers.rebuild();
    expect(films(await bestSellers.top("day", 10))).toEqual(today);
    expect(films(await bestSellers.top("all", 10))).toEqual(["1: 1", ...today, "4: 1"]);
  });

  it("are the same again by a rebuild after Redis lost them, and what is counted once more changes nothing", async () => {
    const bestSellers = bestSellersHere();
    const orders: string[] = [];
    for (let count = 0; count < 60; count++) {
      const lines = Object.fromEntries([1, 2, 3].map(() => [1 + Math.floor(Math.random() * 12), 1 + (count % 3)]));
      const paidAtMs = Date.now() - Math.floor(Math.random() ** 3 * 6.9 * dayMs);
      orders.push(await insertPaidOrder(database, lines, paidAtMs));
    }
    for (const order of orders) await bestSellers.countSales(order);
    const counted = await shown(bestSellers);
    expect(counted).toEqual(await expected());

    await loseRedis(mode);
    expect(await shown(bestSellers)).toEqual({ day: [], week: [], all: [] });
    await expect(bestSellers.rebuild()).resolves.toEqual({ rebuilt: true });
    expect(await shown(bestSellers)).toEqual(counted);
    for (const order of orders) await bestSellers.countSales(order);
    expect(await shown(bestSellers)).toEqual(counted);
  });

  it("stay right while orders are paid and counted, rebuilt again and again and lost twice", async () => {
    const run = { underWay: true };
    const sellers = Array.from({ length: 6 }, async () => {
      const [own, bestSellers] = [connectedDatabase(env), bestSellersHere()];
      let orders = 0;
      while (run.underWay) {
        const order = await insertPaidOrder(own, { [oneOf([1, 2, 3, 4, 5])!]: oneOf([1, 2, 3])! });
        if (Math.random() < 0.5) await pause(Math.random() * 30);
        await bestSellers.countSales(order);
        if (Math.random() < 0.2) await bestSellers.countSales(order);
        orders++;
      }
      return orders;
    });
    const bestSellers = bestSellersHere();
    const endMs = performance.now() + 2_000;
    for (let rebuilds = 0; performance.now() < endMs || rebuilds < 8; rebuilds++) {
      if (rebuilds === 2 || rebuilds === 5) await loseRedis(mode);
      await expect(bestSellers.rebuild()).resolves.toEqual({ rebuilt: true });
    }
    run.underWay = false;
    const sold = (await Promise.all(sellers)).reduce((sum, orders) => sum + orders);
    expect(sold).toBeGreaterThan(10);
    expect(await shown(bestSellers)).toEqual(await expected());
  });

  it("leave it to the rebuild that began last, and take no window from it", async () => {
    const [own, other] = [connectedDatabase(env), bestSellersHere()];
    let snapshots = 0;
    const snapshot: Database["snapshot"] = async (work) => {
      snapshots++;
      await expect(other.rebuild()).resolves.toEqual({ rebuilt: true });
      return own.snapshot(work);
    };
    await insertPaidOrder(database, { 1: 1 });
    await expect(bestSellersHere({ ...own, snapshot }).rebuild()).resolves.toEqual({ rebuilt: false });
    expect([snapshots, await shown(other)]).toEqual([1, await expected()]);
  });

  /** Rebuilds, while an order is paid between what the source says of totals and of ids; it is counted afterwards. */
  async function rebuildAround(snapshot: Database["snapshot"]): Promise<string[]> {
    let order: string | undefined;
    const interrupted = (orders: Queries): Queries => ({
      async query(row, text, values) {
        const rows = await orders.query(row, text, values);
        order ??= await insertPaidOrder(database, { 1: 1 });
        return rows;
      },
    });
    const own = connectedDatabase(env);
    const bestSellers = bestSellersHere({
      ...own,
      snapshot: (work) => snapshot((orders) => work(interrupted(orders))),
    });
    await expect(bestSellers.rebuild()).resolves.toEqual({ rebuilt: true });
    await bestSellers.countSales(order!);
    return films(await bestSellers.top("day", 10));
  }

  it("lose no order that is paid while a rebuild reads what was sold", async () => {
    const own = connectedDatabase(env);
    expect(await rebuildAround((work) => own.snapshot(work))).toEqual(["1: 1"]);
  });

  it("would lose it if the rebuild didn't read it from one snapshot, so that the test above means something", async () => {
    expect(await rebuildAround((work) => work(database))).toEqual([]);
  });
});

it("an order that Redis gave no answer for is counted when it is asked for again", async () => {
  const redis = await ownRedis();
  const bestSellers = new BestSellers(
    openBestSellerBoard(connected(reach("single", redis.address))),
    connectedDatabase(env),
  );
  const order = await insertPaidOrder(database, { 1: 1 });
  await redis.kill();
  const unavailable = { name: "RedisUnavailableError" };
  await expect(bestSellers.countSales(order)).rejects.toMatchObject(unavailable);
  await expect(bestSellers.rebuild()).rejects.toMatchObject(unavailable);
  await redis.restart();
  await until("it is counted", () =>
    bestSellers.countSales(order).then(
      (outcome) => outcome === "counted",
      () => false,
    ),
  );
});
