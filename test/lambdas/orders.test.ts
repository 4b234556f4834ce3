import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { Answer } from "../support/invoke";
import { addressOf, redisModes, reach } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";
import { shopProcess } from "../support/shop-process";
import { until } from "../support/until";
import { chargesOf, Shopper, stockedFilm, stockOf } from "../support/shopper";

let env: DatabaseEnvironment;
beforeAll(async () => (env = await migratedDatabase()));

const idOf = ({ body }: Answer) => (body as { id: string }).id;
const problemOf = ({ status, body }: Answer) => [status, (body as { type: string }).type];

function isBack({ shop, user }: Shopper): Promise<unknown> {
  return until("Redis is used again", async () => (await shop.ask("GET", "/cart", user)).status === 200);
}

describe.each(redisModes)("ordering (%s)", (mode) => {
  const shopHere = () => shopProcess(addressOf(mode), env);
  const shopper = () => Shopper.in(shopHere());

  it("pays for what lies in the cart, takes it from the stock and out of the cart, and shows the order", async () => {
    const ada = await shopper();
    const { shop, user } = ada;
    const film = await stockedFilm(shop, 5);
    await ada.put(film, 2);
    const cartId = await ada.put(1, 1);
    const placed = await ada.order(cartId);
    expect(placed).toMatchObject({
      status: 201,
      headers: { location: `/orders/${idOf(placed)}` },
      body: {
        status: "paid",
        lines: [
          { movieId: film, quantity: 2 },
          { movieId: 1, title: "The Land Girls" },
        ],
      },
    });
    const { totalCents, lines } = placed.body as { totalCents: number; lines: { priceCents: number }[] };
    expect(totalCents).toBe(2 * lines[0]!.priceCents + lines[1]!.priceCents);
    expect([await stockOf(shop.database, film), await chargesOf(shop.database, user.id)]).toEqual([3, ["paid"]]);
    expect(await ada.cart()).toEqual({ id: null, lines: [] });
    expect((await shop.ask("GET", `/orders/${idOf(placed)}`, user)).body).toEqual(placed.body);
    expect(await ada.orders()).toEqual([placed.body]);
  });

  it("answers a repeat the same, also at the same time and in another process, and charges once", async () => {
    const ada = await shopper();
    const film = await stockedFilm(ada.shop, 5);
    const cartId = await ada.put(film, 2);
    const others = [shopHere(), shopHere()];
    const clicks = [ada.shop, ...others, ada.shop].map((shop) => ada.order(cartId, "key", shop));
    const answers = [...(await Promise.all(clicks)), await ada.order(cartId, "key", others[0])];
    for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 201, body: answers[0]!.body });
    expect([await stockOf(ada.shop.database, film), await chargesOf(ada.shop.database, ada.user.id)]).toEqual([
      3,
      ["paid"],
    ]);
  });

  it("makes one order of a cart that two tabs order, each with a key of its own", async () => {
    const ada = await shopper();
    const cartId = await ada.put(1, 1);
    const tabs = [shopHere(), shopHere()];
    const answers = await Promise.all(tabs.map((tab) => ada.order(cartId, randomUUID(), tab)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect([await ada.orders(), await chargesOf(ada.shop.database, ada.user.id)]).toEqual([
      [answers[0]!.body],
      ["paid"],
    ]);
    expect(answers[1]!.body).toEqual(answers[0]!.body);
  });

  it("lets what was put in meanwhile stay, in another cart", async () => {
    const ada = await shopper();
    const cartId = await ada.put(1, 2);
    await ada.put(2, 1);
    ada.shop.provider.behaviour = { takesMs: 300 };
    const placing = ada.order(cartId);
    await ada.put(1, 5);
    await ada.put(3, 1);
    const { lines } = (await placing).body as { lines: { movieId: number; quantity: number }[] };
    const left = await ada.cart();
    const ordered = new Map(lines.map(({ movieId, quantity }) => [movieId, quantity]));
    const all = [[1, 5], [2, 1], [3, 1]] as const; // prettier-ignore
    expect(left.lines).toEqual(
      all
        .map(([film, quantity]) => [film, quantity - (ordered.get(film) ?? 0)])
        .filter(([, quantity]) => quantity! > 0),
    );
    expect([typeof left.id, left.id === cartId]).toEqual(["string", false]);
    expect((await ada.order(left.id!)).status).toBe(201);
    expect(await chargesOf(ada.shop.database, ada.user.id)).toEqual(["paid", "paid"]);
  });

  it("charges nothing if the payment is declined, gives the films back, and lets the cart be ordered by another key", async () => {
    const ada = await shopper();
    const film = await stockedFilm(ada.shop, 5);
    const cartId = await ada.put(film, 2);
    ada.shop.provider.behaviour = { declines: true };
    const declined = [402, "urn:larder:problem:payment-declined"];
    expect(problemOf(await ada.order(cartId, "first"))).toEqual(declined);
    expect([await stockOf(ada.shop.database, film), await ada.cart()]).toEqual([5, { id: cartId, lines: [[film, 2]] }]);
    ada.shop.provider.behaviour = {};
    expect(problemOf(await ada.order(cartId, "first"))).toEqual(declined);
    expect((await ada.order(cartId, "second")).status).toBe(201);
    expect(problemOf(await ada.order(cartId, "first"))).toEqual(declined);
    expect(await chargesOf(ada.shop.database, ada.user.id)).toEqual(["declined", "paid"]);
    expect((await ada.orders()).map(({ status }) => status)).toEqual(["paid", "refused"]);
    expect(await stockOf(ada.shop.database, film)).toBe(3);
  });

  it.each(["request", "answer"] as const)(
    "goes on, when asked again, after the provider's %s was lost",
    async (loses) => {
      const ada = await shopper();
      const cartId = await ada.put(1, 1);
      ada.shop.provider.behaviour = { loses };
      const unavailable = await ada.order(cartId, "key");
      expect(problemOf(unavailable)).toEqual([503, "urn:larder:problem:checkout-unavailable"]);
      expect(unavailable.headers["retry-after"]).toBe("2");
      expect((await ada.orders()).map(({ status }) => status)).toEqual(["pending"]);
      ada.shop.provider.behaviour = { answersTwice: true };
      expect((await ada.order(cartId, "key")).status).toBe(201);
      expect([(await ada.orders()).length, await chargesOf(ada.shop.database, ada.user.id)]).toEqual([1, ["paid"]]);
    },
  );

  it("has a pending order of another key paid first; if that is declined it asks for a payment of its own", async () => {
    const ada = await shopper();
    const cartId = await ada.put(1, 1);
    ada.shop.provider.behaviour = { loses: "answer", declines: true };
    await ada.order(cartId, "first");
    ada.shop.provider.behaviour = {};
    expect((await ada.order(cartId, "second")).status).toBe(201);
    expect((await ada.orders()).map(({ status }) => status)).toEqual(["paid", "refused"]);
    expect(problemOf(await ada.order(cartId, "first"))[0]).toBe(402);
  });
});

describe("ordering", () => {
  const shopper = () => Shopper.in(shopProcess(addressOf("single"), env));

  it("takes what there is of a film and not more, whoever comes first, and names the films", async () => {
    const shoppers = await Promise.all(Array.from({ length: 4 }, shopper));
    const { shop } = shoppers[0]!;
    const [scarce, plenty] = [await stockedFilm(shop, 5), await stockedFilm(shop, 100)];
    const answers = await Promise.all(
      shoppers.map(async (one, at) => {
        // In either order: locks on the stock are taken in one.
        for (const film of at % 2 ? [scarce, plenty] : [plenty, scarce]) await one.put(film, 2);
        return one.order((await one.cart()).id!);
      }),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
    expect([await stockOf(shop.database, scarce), await stockOf(shop.database, plenty)]).toEqual([1, 96]);
    const [short] = answers.filter(({ status }) => status === 409);
    expect(short!.body).toMatchObject({
      type: "urn:larder:problem:out-of-stock",
      films: [{ movieId: scarce, inStock: 1 }],
    });
  });

  it("refuses a film that was deleted since it was put in", async () => {
    const ada = await shopper();
    const film = await stockedFilm(ada.shop, 5);
    const cartId = await ada.put(film, 1);
    await ada.shop.catalog.filmChanges.remove(String(film));
    expect((await ada.order(cartId)).body).toMatchObject({ status: 409, films: [{ movieId: film, inStock: 0 }] });
    expect(await ada.orders()).toEqual([]);
  });

  it("keeps an order as it was when its film is deleted, and a decline has nothing to give back", async () => {
    const ada = await shopper();
    const film = await stockedFilm(ada.shop, 5);
    const cartId = await ada.put(film, 1);
    ada.shop.provider.behaviour = { loses: "request" };
    await ada.order(cartId, "key");
    await ada.shop.catalog.filmChanges.remove(String(film));
    ada.shop.provider.behaviour = { declines: true };
    expect((await ada.order(cartId, "key")).status).toBe(402);
    expect((await ada.orders())[0]?.lines).toMatchObject([{ movieId: film, quantity: 1 }]);
  });

  it("refuses a key that another cart's order has, and leaves both as they are", async () => {
    const ada = await shopper();
    const first = await ada.put(1, 1);
    const placed = await ada.order(first, "key");
    const second = await ada.put(2, 1);
    expect(problemOf(await ada.order(second, "key"))).toEqual([422, "urn:larder:problem:idempotency-key-reused"]);
    expect(await ada.cart()).toEqual({ id: second, lines: [[2, 1]] });
    // A late repeat still means the first cart, whatever lies in the present one.
    expect(await ada.order(first, "key")).toMatchObject({ status: 201, body: placed.body });
    expect(await ada.orders()).toEqual([placed.body]);
  });

  it("refuses a cart that is empty, that isn't the session's, or that is another user's though it was ordered", async () => {
    const [ada, grace] = [await shopper(), await shopper()];
    const conflict = [409, "urn:larder:problem:conflict"];
    const cartId = await ada.put(1, 1);
    expect(problemOf(await grace.order(cartId))).toEqual(conflict);
    await ada.shop.ask("DELETE", "/cart/items/1", ada.user);
    expect(problemOf(await ada.order(cartId))).toEqual(conflict);
    await ada.put(1, 1);
    expect((await ada.order(cartId)).status).toBe(201);
    expect(problemOf(await grace.order(cartId))).toEqual(conflict);
    expect(problemOf(await ada.order(randomUUID()))).toEqual(conflict);
  });

  it.each([
    ["none", undefined],
    ["an empty one", ""],
    ["one with a space", "a key"],
    ["one beyond ASCII", "schlüssel"],
    ["one that is too long", "k".repeat(129)],
  ])("refuses a request with a bad idempotency key: %s", async (_what, key) => {
    const ada = await shopper();
    const body = { cartId: await ada.put(1, 1) };
    const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
    const answer = await ada.shop.ask("POST", "/orders", { token: ada.user.token, headers, body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: "headers.idempotency-key" }] } });
    expect((await ada.order(body.cartId, "k".repeat(128))).status).toBe(201);
  });

  it("is for users and administrators", async () => {
    const { shop } = await shopper();
    const service = await shop.newcomer("service");
    for (const [method, path] of [
      ["POST", "/orders"],
      ["GET", "/orders"],
      ["GET", `/orders/${randomUUID()}`],
    ] as const) {
      // prettier-ignore
      expect((await shop.ask(method, path)).status).toBe(401);
      expect((await shop.ask(method, path, { token: service.token })).status).toBe(403);
    }
  });

  it("shows nobody another one's orders, administrators neither", async () => {
    const ada = await shopper();
    const placed = await ada.order(await ada.put(1, 1));
    for (const other of [await ada.shop.newcomer(), await ada.shop.newcomer("admin")]) {
      expect((await ada.shop.ask("GET", `/orders/${idOf(placed)}`, other)).status).toBe(404);
      expect((await ada.shop.ask("GET", "/orders", other)).body).toMatchObject({ items: [], total: 0 });
    }
    expect((await ada.shop.ask("GET", "/orders/1", ada.user)).status).toBe(400);
  });

  it("pages through orders, the newest first", async () => {
    const ada = await shopper();
    const placed: string[] = [];
    for (let count = 0; count < 3; count++) placed.unshift(idOf(await ada.order(await ada.put(1, 1))));
    const page = async (query: string) => {
      const { items, total } = (await ada.shop.ask("GET", `/orders?${query}`, ada.user)).body as {
        items: { id: string }[];
        total: number;
      };
      return [items.map(({ id }) => id), total];
    };
    expect(await page("pageSize=2")).toEqual([placed.slice(0, 2), 3]);
    expect(await page("pageSize=2&page=2")).toEqual([placed.slice(2), 3]);
  });

  it("keeps its user from being deleted until it is decided", async () => {
    const ada = await shopper();
    const { shop } = ada;
    shop.provider.behaviour = { loses: "answer" };
    const cartId = await ada.put(1, 1);
    expect((await ada.order(cartId, "key")).status).toBe(503);
    const removal = () => shop.ask("DELETE", `/users/${ada.user.id}`, ada.user);
    expect(await removal()).toMatchObject({ status: 409, body: { detail: expect.stringContaining("in a minute") } });
    shop.provider.behaviour = {};
    expect((await ada.order(cartId, "key")).status).toBe(201);
    expect((await removal()).status).toBe(204);
  });

  it("leaves the order when its user is deleted", async () => {
    const ada = await shopper();
    const placed = await ada.order(await ada.put(1, 1));
    expect((await ada.shop.ask("DELETE", `/users/${ada.user.id}`, ada.user)).status).toBe(204);
    expect((await ada.order(randomUUID())).status).toBe(401);
    const row = z.object({ user_id: z.null(), status: z.string() });
    expect(
      await ada.shop.database.query(row, "SELECT user_id, status FROM orders WHERE id = $1", [idOf(placed)]),
    ).toEqual([{ user_id: null, status: "paid" }]);
  });

  it("answers 503 while Redis gives no answer, and orders nothing", async () => {
    const redis = await ownRedis();
    const ada = await Shopper.in(shopProcess(reach("single", redis.address), env));
    const cartId = await ada.put(1, 1);
    redis.freeze();
    expect((await ada.order(cartId)).status).toBe(503);
    redis.thaw();
    await isBack(ada);
    expect([await ada.orders(), await chargesOf(ada.shop.database, ada.user.id)]).toEqual([[], []]);
  });
});

describe("a Redis that is gone once the order is paid", () => {
  it("changes nothing about the order; the cart goes when it is ordered again, and keeps what was put in since", async () => {
    const redis = await ownRedis();
    const shop = shopProcess(reach("single", redis.address), env);
    const ada = await Shopper.in(shop);
    const cartId = await ada.put(1, 1);
    shop.provider.onAnswer = () => redis.freeze();
    const placed = await ada.order(cartId);
    expect(placed).toMatchObject({ status: 201, body: { status: "paid" } });
    redis.thaw();
    await isBack(ada);
    shop.provider.onAnswer = () => undefined;
    await ada.put(2, 1);
    expect(await ada.cart()).toEqual({ id: cartId, lines: [[1, 1], [2, 1]] }); // prettier-ignore
    const again = await until("checkout uses Redis again", async () => {
      const answer = await ada.order(cartId);
      return answer.status !== 503 && answer;
    });
    expect(again.body).toEqual(placed.body);
    const left = await ada.cart();
    expect([left.lines, left.id === cartId]).toEqual([[[2, 1]], false]);
    expect(await chargesOf(shop.database, ada.user.id)).toEqual(["paid"]);
  });
});
