/** What charges once isn't the lock; and what the other tests look by sees it when something is charged twice. */
import type { Lease, Locks } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";
import { addressOf as databaseAddressOf, type Database, withConnection } from "../../../lambdas/platform/database";
import { Checkout, type CheckoutOutcome } from "../../../lambdas/shop/checkout";
import { OrderPayment } from "../../../lambdas/shop/order-payment";
import { SimulatedPayments } from "../../../lambdas/shop/simulated-payments";
import { orderJobsOn } from "../../support/order-jobs";
import { addressOf, connected } from "../../support/redis-clients";
import { servers } from "../../support/servers";
import { connectedDatabase, type DatabaseEnvironment, migratedDatabase } from "../../support/shop-database";
import { type ShopProcess, shopProcess } from "../../support/shop-process";
import { Shopper } from "../../support/shopper";
import { until } from "../../support/until";
import { type Books, booksOf, violationsOf } from "./violations";

/** Has every lock at once, whoever else has it. */
function locksThatLockNothing(): Locks {
  let token = 0;
  const withLock: Locks["withLock"] = async (_name, _options, work) => {
    const lease = { token: ++token, holder: randomUUID(), signal: new AbortController().signal };
    return { acquired: true, value: await work(lease as unknown as Lease) };
  };
  return { withLock } as unknown as Locks;
}

const keys = 8;

/** What is wrong after one cart was ordered by so many keys and connections at once. */
async function violationsWithoutLocks(env: DatabaseEnvironment): Promise<string[]> {
  const shop = shopProcess(addressOf("single"), env);
  const stockBefore = (await booksOf(shop.database)).stock;
  const ada = await Shopper.in(shop);
  const cartId = await ada.put(1, 2);
  const locks = locksThatLockNothing();
  const databases = Array.from({ length: keys }, () => connectedDatabase(env));
  await Promise.all(databases.map((database) => database.query(nothing, "SELECT", [])));
  const ordering = await allMeeting(shop.database, connectedDatabase(env), () =>
    databases.map((database) => orderedBy(database, { shop, ada, cartId, locks })),
  );
  const clicks = (await Promise.all(ordering)).map((result) => ({
    cartId,
    outcome: result.outcome,
    orderId: "order" in result ? result.order.id : undefined,
  }));
  return violationsOf([cartId], clicks, await booksOf(shop.database), stockBefore);
}

const nothing = z.object({});

/** Begins, and lets each come as far as the film's stock before one of them goes on. */
function allMeeting<T>(holder: Database, onlooker: Database, begin: () => T): Promise<T> {
  return holder.transaction(async (tx) => {
    await tx.query(nothing, "SELECT FROM film_stock WHERE movie_id = 1 FOR UPDATE", []);
    const begun = begin();
    const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await until("all wait", async () => (await onlooker.query(nothing, waiting, [])).length === keys);
    return begun;
  });
}

async function orderedBy(
  database: Database,
  { shop, ada, cartId, locks }: { shop: ShopProcess; ada: Shopper; cartId: string; locks: Locks },
): Promise<CheckoutOutcome> {
  const jobs = orderJobsOn(database, connected(addressOf("single")));
  const payment = new OrderPayment(database, locks, new SimulatedPayments(database), jobs);
  const checkout = new Checkout(database, shop.sessions, payment);
  const key = { userId: ada.user.id, idempotencyKey: randomUUID(), cartId };
  for (;;) {
    const result = await checkout.order(ada.user.token, key);
    if (result.outcome !== "under-way") return result;
    await pause(10);
  }
}

describe("a cart that is ordered without any lock", () => {
  it("is charged once: it has one order, and the order one payment", async () => {
    expect(await violationsWithoutLocks(await migratedDatabase())).toEqual([]);
  });

  it("is charged more than once if it may have several orders, and that is seen", async () => {
    const env = await migratedDatabase();
    await withConnection({ ...databaseAddressOf(env), ...servers().postgres.master }, (client) =>
      client.query("DROP INDEX orders_by_cart"),
    );
    const violations = await violationsWithoutLocks(env);
    expect(violations).toContainEqual(expect.stringMatching(/^cart .+ was charged \d times$/));
    expect(violations).toContainEqual(expect.stringMatching(/was answered differently$/));
  });
});

describe("the check of books", () => {
  const lines = [{ movieId: 1, title: "One", quantity: 2, priceCents: 500 }];
  const order = { id: "a", cartId: "cart", status: "paid", lines } as const;
  const charge = { paymentId: "a", cents: 1_000, outcome: "paid" };
  const right: Books = { orders: [order], charges: [charge], stock: new Map([[1, 8]]) };
  const click = { cartId: "cart", outcome: "paid", orderId: "a" };
  const check = (books: Partial<Books>, clicks = [click]) =>
    violationsOf(["cart"], clicks, { ...right, ...books }, new Map([[1, 10]]));

  it("finds nothing wrong where nothing is", () => {
    expect(check({})).toEqual([]);
  });

  it.each<[string, Partial<Books>, RegExp]>([
    ["a charge without an order", { charges: [charge, { ...charge, paymentId: "b" }] }, /without an order/],
    ["an order that nobody paid", { charges: [] }, /the provider says nothing/],
    ["a refused order that was charged", { orders: [{ ...order, status: "refused" }] }, /is refused, and/],
    ["an order that isn't decided", { orders: [{ ...order, status: "pending" }] }, /still pending/],
    ["another sum", { charges: [{ ...charge, cents: 1 }] }, /costs 1000, and 1 was charged/],
    ["stock that was taken twice", { stock: new Map([[1, 6]]) }, /film 1: 10 - 2 sold, 6 left/],
    ["a lost order", { orders: [], charges: [], stock: new Map([[1, 10]]) }, /was told paid: a/],
  ])("finds %s", (_what, books, message) => {
    expect(check(books)).toContainEqual(expect.stringMatching(message));
  });

  it("finds a cart that nobody answered, and one that was answered otherwise", () => {
    expect(check({}, [])).toContainEqual("cart cart has no answer");
    expect(check({}, [click, { ...click, orderId: "b" }])).toContainEqual("cart cart was answered differently");
    expect(check({ orders: [], charges: [] }, [{ ...click, outcome: "other-cart" }])).toContainEqual(
      "cart cart was answered other-cart",
    );
  });
});
