import { connectRedis, Locks } from "@larder/toolkit";
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import * as z from "zod/mini";
import { openSessions } from "../../../lambdas/platform/sessions";
import { Checkout } from "../../../lambdas/shop/checkout";
import { OpenOrders } from "../../../lambdas/shop/open-orders";
import { OrderPayment } from "../../../lambdas/shop/order-payment";
import { readSessionData } from "../../../lambdas/shop/session-data";
import { SimulatedPayments } from "../../../lambdas/shop/simulated-payments";
import { administer } from "../../support/administer";
import { orderJobsOn } from "../../support/order-jobs";
import { bundled } from "../../support/process-fleet";
import { addressOf, connected, reach, redisModes, type RedisMode } from "../../support/redis-clients";
import { ownPostgres, ownRedis, servers } from "../../support/servers";
import { connectedDatabase, type DatabaseEnvironment, migratedDatabase } from "../../support/shop-database";
import { shopProcess } from "../../support/shop-process";
import { chargesOf, Shopper, stockedFilm, stockOf } from "../../support/shopper";
import { until } from "../../support/until";
import type { HoldingSettings } from "./holding-process";

const plenty = () => 60_000;

let env: DatabaseEnvironment;
beforeAll(async () => (env = await migratedDatabase()));

/** A shopper whose cart another process has charged, and not yet decided. */
async function charged(mode: RedisMode) {
  const shop = shopProcess(addressOf(mode), env);
  const ada = await Shopper.in(shop);
  const film = await stockedFilm(shop, 5);
  const cartId = await ada.put(film, 2);
  const { redis, cluster } = servers();
  const { token, id: userId } = ada.user;
  const settings: HoldingSettings = {
    mode,
    redis: mode === "single" ? redis : { ...cluster, ...cluster.nodes[0]! },
    database: env,
    token,
    key: { userId, idempotencyKey: "key", cartId },
  };
  const holder = fork(bundled(join(__dirname, "holding-process.ts")), [JSON.stringify(settings)]);
  holders.push(holder);
  expect((await once(holder, "message"))[0]).toBe("charged");
  const state = async () => [await rowOf(shop.database, cartId), await stockOf(shop.database, film)];
  return { shop, ada, film, cartId, holder, state };
}

const holders: ChildProcess[] = [];
afterAll(() => holders.forEach((holder) => holder.kill("SIGKILL")));

type Queries = ReturnType<typeof shopProcess>["database"];

async function rowOf(database: Queries, cartId: string) {
  const row = z.object({ status: z.string(), fence_token: z.string(), fence_holder: z.string(), paid_at: z.unknown() });
  const sql = "SELECT status, fence_token, fence_holder, paid_at FROM orders WHERE cart_id = $1";
  return (await database.query(row, sql, [cartId]))[0];
}

async function goOn(holder: ChildProcess): Promise<unknown> {
  const answered = once(holder, "message");
  holder.kill("SIGCONT");
  holder.send("go on");
  return (await answered)[0];
}

describe.each(redisModes)("a process that is frozen after the charge and before the commit (%s)", (mode) => {
  it("changes nothing when it thaws after another one has finished the order, and answers that", async () => {
    const { shop, ada, cartId, holder, state } = await charged(mode);
    holder.kill("SIGSTOP");
    const placed = await ada.order(cartId, "key");
    expect(placed).toMatchObject({ status: 201, body: { status: "paid" } });
    const before = await state();
    expect(before).toMatchObject([{ status: "paid" }, 3]);
    expect(await goOn(holder)).toEqual({ outcome: "paid", order: placed.body });
    expect([await state(), await chargesOf(shop.database, ada.user.id)]).toEqual([before, ["paid"]]);
  });

  it("changes nothing when it thaws while another one is at the order", async () => {
    const { shop, ada, cartId, holder, state } = await charged(mode);
    holder.kill("SIGSTOP");
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const isThere = new Promise<void>((resolve) => {
      shop.provider.onAnswer = () => {
        resolve();
        return released;
      };
    });
    const placing = ada.order(cartId, "key");
    await isThere;
    const before = await rowOf(connectedDatabase(env), cartId);
    expect(before).toMatchObject({ status: "pending" });
    expect(await goOn(holder)).toEqual({ outcome: "under-way" });
    expect(await rowOf(connectedDatabase(env), cartId)).toEqual(before);
    release();
    expect(await placing).toMatchObject({ status: 201 });
    expect([await state(), await chargesOf(shop.database, ada.user.id)]).toMatchObject([
      [{ status: "paid" }, 3],
      ["paid"],
    ]);
  });
});

describe("a process that is killed after the charge", () => {
  it("leaves an order that is finished without anybody asking for it, once it has been pending for long", async () => {
    const { shop, ada, cartId, holder, state } = await charged("single");
    holder.kill("SIGKILL");
    const redis = connected(addressOf("single"));
    const payment = new OrderPayment(
      shop.database,
      new Locks({ redis }),
      new SimulatedPayments(shop.database),
      orderJobsOn(shop.database, redis),
    );
    const openOrders = new OpenOrders(shop.database, payment);
    expect(await openOrders.finish(plenty)).toBe(0); // it has only begun
    await until(
      "the lease of the dead process has ended",
      async () => (await openOrders.finish(plenty, { pendingForMs: 0 })) > 0,
    );
    expect([await state(), await chargesOf(shop.database, ada.user.id)]).toMatchObject([
      [{ status: "paid" }, 3],
      ["paid"],
    ]);
    expect(await openOrders.finish(plenty, { pendingForMs: 0 })).toBe(0);
    // Nobody has had the session's token, so the cart still lies in it.
    expect((await ada.cart()).id).toBe(cartId);
    expect(await ada.order(cartId, "key")).toMatchObject({ status: 201, body: { status: "paid" } });
    expect(await ada.cart()).toEqual({ id: null, lines: [] });
  });
});

describe("orders that fail to be finished", () => {
  it("keep no other from it, and are tried again", async () => {
    const own = await migratedDatabase();
    const shop = shopProcess(addressOf("single"), own);
    const shoppers = [await Shopper.in(shop), await Shopper.in(shop)];
    shop.provider.behaviour = { loses: "request" };
    for (const one of shoppers) await one.order(await one.put(1, 1));
    const [first] = await shoppers[0]!.orders();
    const redis = connected(addressOf("single"));
    let isDown = true;
    const provider = new SimulatedPayments(shop.database, ({ paymentId }) => ({
      ...(isDown && paymentId === first!.id && { loses: "request" }),
    }));
    const openOrders = new OpenOrders(
      shop.database,
      new OrderPayment(shop.database, new Locks({ redis }), provider, orderJobsOn(shop.database, redis)),
    );
    expect(await openOrders.finish(plenty, { pendingForMs: 0 })).toBe(1);
    expect((await shoppers[0]!.orders())[0]?.status).toBe("pending");
    isDown = false;
    expect(await openOrders.finish(plenty, { pendingForMs: 0 })).toBe(1);
    expect((await shoppers[0]!.orders())[0]?.status).toBe("paid");
  });
});

describe("a checkout whose locks can't be reached", () => {
  it("orders nothing and says so", async () => {
    const shop = shopProcess(addressOf("single"), env);
    const ada = await Shopper.in(shop);
    const cartId = await ada.put(1, 1);
    const redis = await ownRedis();
    await redis.kill();
    const client = connectRedis({ ...reach("single", redis.address) });
    const payment = new OrderPayment(
      shop.database,
      new Locks({ redis: client, deadlineMs: 50 }),
      new SimulatedPayments(shop.database),
      orderJobsOn(shop.database, client),
    );
    const sessions = openSessions(connected(addressOf("single")), readSessionData);
    const key = { userId: ada.user.id, idempotencyKey: randomUUID(), cartId };
    await expect(new Checkout(shop.database, sessions, payment).order(ada.user.token, key)).rejects.toMatchObject({
      code: "checkout-unavailable",
    });
    expect(await ada.orders()).toEqual([]);
    client.disconnect();
  });
});

describe("a checkout whose Redis is full", () => {
  it("orders nothing, says so, and takes the same order once there is room", async () => {
    const redis = await ownRedis();
    const shop = shopProcess(reach("single", redis.address), env);
    const ada = await Shopper.in(shop);
    const cartId = await ada.put(1, 1);
    await administer(redis.address, (client) => client.config("SET", "maxmemory", 1));
    expect(await ada.order(cartId, "key")).toMatchObject({
      status: 503,
      body: { type: "urn:larder:problem:checkout-unavailable" },
    });
    expect(await ada.orders()).toEqual([]);
    await administer(redis.address, (client) => client.config("SET", "maxmemory", 0));
    expect(await ada.order(cartId, "key")).toMatchObject({ status: 201 });
  });
});

describe("a PostgreSQL that is gone after the charge", () => {
  it("leaves the order pending; asked again it is paid, and charged once", async () => {
    const postgres = await ownPostgres();
    const own = await migratedDatabase(postgres.address);
    const shop = shopProcess(addressOf("single"), own);
    const ada = await Shopper.in(shop);
    const cartId = await ada.put(1, 1);
    shop.provider.onAnswer = () => postgres.kill();
    expect(await ada.order(cartId, "key")).toMatchObject({
      status: 503,
      body: { type: "urn:larder:problem:database-unavailable" },
    });
    shop.provider.onAnswer = () => undefined;
    await postgres.restart();
    await until("it is ordered", async () => (await ada.order(cartId, "key")).status === 201);
    expect(await chargesOf(shop.database, ada.user.id)).toEqual(["paid"]);
  });
});
