/** What is done for an order once it is paid, and that it is done whatever Redis and the workers do meanwhile. */
import * as z from "zod/mini";
import { openOrderQueue } from "../../../lambdas/platform/queues";
import type { Mail } from "../../../lambdas/shop/mailer";
import { TableMailer } from "../../../lambdas/shop/table-mailer";
import { administer } from "../../support/administer";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { connectedDatabase, type DatabaseEnvironment, migratedDatabase } from "../../support/shop-database";
import { shopProcess } from "../../support/shop-process";
import { Shopper } from "../../support/shopper";
import { until } from "../../support/until";
import { workerProcess } from "../../support/worker-process";
import { mailsIn, makeJobsDue, openJobsIn } from "./order-books";

let env: DatabaseEnvironment;
beforeEach(async () => (env = await migratedDatabase()));

describe.each(redisModes)("a paid order (%s)", (mode) => {
  it("is confirmed and counted by the next run of the worker, once, and nothing is left to be done for it", async () => {
    const [shop, worker] = [shopProcess(addressOf(mode), env), workerProcess(addressOf(mode), env)];
    const ada = await Shopper.in(shop);
    const cartId = await ada.put(1, 2);
    for (const again of ["key", "key"]) await ada.order(cartId, again);
    const [order] = await ada.orders();
    expect(await openJobsIn(shop.database)).toEqual([`confirm ${order!.id}`, `count-sales ${order!.id}`]);

    await worker.run();
    await worker.run();
    expect(await openJobsIn(shop.database)).toEqual([]);
    const board = await shop.ask("GET", "/leaderboards/best-sellers-day");
    expect(board.body).toMatchObject({ items: [{ rank: 1, movieId: 1, title: "The Land Girls", sold: 2 }] });
    const [line] = order!.lines;
    const price = `$${(line!.priceCents / 100).toFixed(2)}`;
    const total = `$${(order!.totalCents / 100).toFixed(2)}`;
    expect(await mailsIn(shop.database)).toEqual([
      {
        id: `confirm ${order!.id}`,
        recipient: ada.user.email,
        subject: `Your order ${order!.id}`,
        body: `Dear A newcomer,\nthank you for your order:\n2 × ${line!.title}, ${price} each\nTogether ${total}, paid.`,
      },
    ]);
  });
});

describe("an order that isn't paid", () => {
  it("is nothing to tell of", async () => {
    const shop = shopProcess(addressOf("single"), env);
    const ada = await Shopper.in(shop);
    shop.provider.behaviour = { declines: true };
    expect((await ada.order(await ada.put(1, 1))).status).toBe(402);
    expect(await openJobsIn(shop.database)).toEqual([]);
  });
});

/** A shop of its own whose Redis can be lost, and somebody whose order was just paid in it. */
async function paidOnOwnRedis(
  beforeItIsQueued: (redis: Awaited<ReturnType<typeof ownRedis>>) => unknown = () => undefined,
) {
  const [redis, own] = await Promise.all([ownRedis(), migratedDatabase()]);
  const shop = shopProcess(reach("single", redis.address), own);
  const ada = await Shopper.in(shop);
  const cartId = await ada.put(1, 1);
  shop.provider.onAnswer = async () => {
    await beforeItIsQueued(redis);
  };
  expect(await ada.order(cartId)).toMatchObject({ status: 201, body: { status: "paid" } });
  return { redis, env: own, shop, ada, database: shop.database };
}

describe("a job that Redis doesn't have", () => {
  it("is done all the same when Redis was gone as the order was paid", async () => {
    const { redis, env: own, database } = await paidOnOwnRedis((gone) => gone.kill());
    const worker = workerProcess(reach("single", redis.address), own);
    await worker.run(); // nothing is lost of it where Redis isn't back yet
    await redis.restart();
    await until("it is confirmed", async () => {
      await makeJobsDue(database);
      await worker.run();
      return (await mailsIn(database)).length === 1;
    });
    expect(await openJobsIn(database)).toEqual([]);
  });

  it("waits for a Redis that is full, while the jobs that it has are done", async () => {
    const { redis, env: own, ada, database } = await paidOnOwnRedis();
    const worker = workerProcess(reach("single", redis.address), own);
    const [order] = await ada.orders();
    await makeJobsDue(database);
    await administer(redis.address, (admin) => admin.config("SET", "maxmemory", 1));
    await worker.run();
    expect([await mailsIn(database), await openJobsIn(database)]).toMatchObject([[{}], [`count-sales ${order!.id}`]]);
    await administer(redis.address, (admin) => admin.config("SET", "maxmemory", 0));
    await until("it is counted", async () => {
      await worker.run();
      return (await openJobsIn(database)).length === 0;
    });
  });

  it("is queued again when Redis lost it, no sooner than it is due", async () => {
    const { redis, env: own, database } = await paidOnOwnRedis();
    await administer(redis.address, (admin) => admin.flushall());
    const worker = workerProcess(reach("single", redis.address), own);
    await worker.run();
    expect(await mailsIn(database)).toEqual([]);

    await makeJobsDue(database);
    await worker.run();
    expect([await mailsIn(database), await openJobsIn(database)]).toMatchObject([[{}], []]);
  });

  it("is queued once though it is due again while it waits", async () => {
    const { redis, env: own, database } = await paidOnOwnRedis();
    const worker = workerProcess(reach("single", redis.address), own);
    for (let times = 0; times < 3; times++) {
      await makeJobsDue(database);
      expect(await worker.orderJobs.requeue(() => 10_000)).toBe(2);
    }
    expect(await worker.queues[0]!.stats()).toMatchObject({ waiting: 2 });
    expect(await worker.orderJobs.requeue(() => 10_000)).toBe(0); // the next time is later
  });

  it("isn't taken when too little is left of an invocation", async () => {
    const { redis, env: own, database } = await paidOnOwnRedis();
    await makeJobsDue(database);
    expect(await workerProcess(reach("single", redis.address), own).orderJobs.requeue(() => 3_999)).toBe(0);
  });
});

describe("a mail", () => {
  it("is handed over again when its worker died before it was noted as done, under the same id", async () => {
    const { redis, env: own, database } = await paidOnOwnRedis();
    const sent: Mail[] = [];
    const table = new TableMailer(database);
    const dying = {
      send: async (mail: Mail) => (await table.send(mail), sent.push(mail), Promise.reject(new Error("died"))),
    };
    await workerProcess(reach("single", redis.address), own, { mailer: dying }).run();
    expect(await openJobsIn(database)).toHaveLength(1);

    const worker = workerProcess(reach("single", redis.address), own, {
      mailer: { send: async (mail) => void sent.push(mail) },
    });
    await until("the backoff is over", async () => {
      await worker.run();
      return sent.length === 2;
    });
    expect(sent[1]).toEqual(sent[0]);
    expect([await mailsIn(database), await openJobsIn(database)]).toMatchObject([[{}], []]);
  });

  it("isn't sent again by a job that comes twice", async () => {
    const { redis, env: own } = await paidOnOwnRedis();
    const sent: Mail[] = [];
    const worker = workerProcess(reach("single", redis.address), own, {
      mailer: { send: async (mail) => void sent.push(mail) },
    });
    await worker.run();
    const orderId = sent[0]!.id.replace("confirm ", "");
    const queue = openOrderQueue(connected(reach("single", redis.address)), () => undefined);
    await queue.add([{ data: { kind: "confirm", orderId } }]);
    await worker.run();
    expect([sent.length, (await queue.stats()).waiting, (await queue.stats()).dead]).toEqual([1, 0, 0]);
  });

  it("that lies in the table is forgotten with the user whom it was for", async () => {
    const { redis, env: own, shop, ada, database } = await paidOnOwnRedis();
    await workerProcess(reach("single", redis.address), own).run();
    expect(await mailsIn(database)).toHaveLength(1);
    expect((await shop.ask("DELETE", `/users/${ada.user.id}`, ada.user)).status).toBe(204);
    expect(await mailsIn(database)).toEqual([]);
  });

  it("isn't sent to somebody who is deleted", async () => {
    const { redis, env: own, ada, database } = await paidOnOwnRedis();
    await database.query(z.object({}), "DELETE FROM users WHERE id = $1", [ada.user.id]);
    await workerProcess(reach("single", redis.address), own).run();
    expect([await mailsIn(database), await openJobsIn(database)]).toEqual([[], []]);
  });

  it("that is older than 30 days is forgotten by the worker", async () => {
    const database = connectedDatabase(env);
    for (const [id, days] of [
      ["old", 31],
      ["young", 29],
    ])
      await database.query(
        z.object({}),
        "INSERT INTO mails VALUES ($1, 'ada@example.com', '', '', now() - $2 * interval '1 day')",
        [id, days],
      );
    await workerProcess(addressOf("single"), env).run();
    expect((await mailsIn(database)).map(({ id }) => id)).toEqual(["young"]);
  });
});

describe("a job that is never done", () => {
  it("keeps no other from being queued again, and is due each hour for some days", async () => {
    const { redis, env: own, database } = await paidOnOwnRedis();
    await administer(redis.address, (admin) => admin.flushall());
    await database.query(z.object({}), "UPDATE order_jobs SET requeued = 99 WHERE kind = 'count-sales'", []);
    const { orderJobs } = workerProcess(reach("single", redis.address), own);
    await makeJobsDue(database);
    expect(await orderJobs.requeue(() => 10_000)).toBe(2);
    const due = await database.query(
      z.object({ minutes: z.number() }),
      `SELECT round(extract(epoch FROM due_at - now()) / 60)::float8 AS minutes FROM order_jobs ORDER BY kind`,
      [],
    );
    expect(due.map(({ minutes }) => minutes)).toEqual([1, 60]);
    await makeJobsDue(database);
    expect(await orderJobs.requeue(() => 10_000)).toBe(1);
  });
});

describe("a job of a kind that only a newer release knows", () => {
  it("is left to that one, and the rest is done", async () => {
    const { redis, env: own, ada, database } = await paidOnOwnRedis();
    const [order] = await ada.orders();
    await database.query(z.object({}), "INSERT INTO order_jobs VALUES ($1, 'invoice')", [order!.id]);
    await makeJobsDue(database);
    const worker = workerProcess(reach("single", redis.address), own);
    await worker.run();
    expect([await mailsIn(database), await openJobsIn(database)]).toMatchObject([[{}], [`invoice ${order!.id}`]]);
    expect(await worker.queues[0]!.stats()).toMatchObject({ waiting: 0, dead: 0 });
  });
});
