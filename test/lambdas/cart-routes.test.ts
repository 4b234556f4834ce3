import { maxCartLines } from "../../lambdas/contract/cart";
import { readSessionData } from "../../lambdas/shop/session-data";
import { type ShopProcess, shopProcess } from "../support/shop-process";
import { addressOf, connected, redisModes } from "../support/redis-clients";
import { type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";
import { SessionStore } from "@larder/toolkit";

let env: DatabaseEnvironment;
beforeAll(async () => (env = await migratedDatabase()));

async function shopper(mode: "single" | "cluster" = "single", shop: ShopProcess = shopProcess(addressOf(mode), env)) {
  const user = await shop.newcomer();
  const { token } = user;
  const put = (movieId: number, quantity: number, at = shop) =>
    at.ask("PUT", `/cart/items/${movieId}`, { token, body: { quantity } });
  const items = async (at = shop) => ((await at.ask("GET", "/cart", { token })).body as { items: unknown[] }).items;
  return { shop, user, token, put, items };
}

describe.each(redisModes)("the cart (%s)", (mode) => {
  it("holds what was put into it, with the films' titles", async () => {
    const { shop, token, put, items } = await shopper(mode);
    expect(await items()).toEqual([]);
    await put(1, 2);
    await put(42, 1);
    const expected = [
      { movieId: 1, title: "The Land Girls", quantity: 5 },
      { movieId: 42, title: expect.any(String), quantity: 1 },
    ];
    expect(await put(1, 5)).toMatchObject({ status: 200, body: { items: expected } });
    expect(await items()).toEqual(expected);
    expect((await shop.ask("DELETE", "/cart/items/1", { token })).body).toMatchObject({ items: [expected[1]] });
    expect((await shop.ask("DELETE", "/cart/items/1", { token })).status).toBe(200);
    expect(await items()).toEqual([expected[1]]);
  });

  it("loses nothing when three tabs change it at once", async () => {
    const { user, token, put, items } = await shopper(mode);
    const tabs = [0, 1, 2].map(() => shopProcess(addressOf(mode), env));
    await Promise.all(tabs.map((tab) => tab.ask("GET", "/cart", { token })));
    const puts = tabs.flatMap((tab, at) => [1, 2, 3, 4, 5].map((n) => put(at * 5 + n, n, tab)));
    const answers = await Promise.all(puts);
    expect(answers.map(({ status }) => status)).toEqual(Array(15).fill(200));
    const found = (await items()).map((item) => (item as { movieId: number }).movieId);
    expect(found.sort((one, other) => one - other)).toEqual(Array.from({ length: 15 }, (_, at) => at + 1));
    expect(user.token).toBe(token);
  });
});

describe("the cart", () => {
  it("is the session's own: another session of the same user has another", async () => {
    const { shop, user, put, items } = await shopper();
    await put(1, 1);
    const token = await shop.signIn(user);
    expect((await shop.ask("GET", "/cart", { token })).body).toEqual({ id: null, items: [] });
    expect(await items()).toHaveLength(1);
  });

  it("takes so many films and no more", async () => {
    const { put, items } = await shopper();
    for (let id = 1; id <= maxCartLines; id++) expect((await put(id, 1)).status).toBe(200);
    expect(await put(maxCartLines + 1, 1)).toMatchObject({
      status: 409,
      body: { type: "urn:larder:problem:conflict" },
    });
    expect((await put(1, 99)).status).toBe(200);
    expect(await items()).toHaveLength(maxCartLines);
  });

  it("takes no film there isn't, and no quantity that is none", async () => {
    const { shop, token, put, items } = await shopper();
    expect((await put(99_999, 1)).status).toBe(404);
    for (const quantity of [0, -1, 1.5, 100]) expect((await put(1, quantity)).status).toBe(400);
    expect((await shop.ask("PUT", "/cart/items/one", { token, body: { quantity: 1 } })).status).toBe(400);
    expect((await shop.ask("PUT", "/cart/items/1", { token })).status).toBe(400);
    expect(await items()).toEqual([]);
  });

  it("shows a film that the shop has deleted meanwhile without a title", async () => {
    const { shop, put, items } = await shopper();
    const { id } = await shop.catalog.filmChanges.add({ title: "Soon gone" });
    await put(id, 1);
    expect(await items()).toEqual([{ movieId: id, title: "Soon gone", quantity: 1 }]);
    await shop.catalog.filmChanges.remove(String(id));
    expect(await items()).toEqual([{ movieId: id, title: null, quantity: 1 }]);
  });

  it("keeps through a write what a newer release has added to the session", async () => {
    const { token, put } = await shopper();
    const newer = new SessionStore<Record<string, unknown>>({
      redis: connected(addressOf("single")),
      idleMs: 60_000,
      absoluteMs: 60_000,
      parse: (json) => json as Record<string, unknown>,
    });
    await newer.update(token, (data) => ({
      ...data,
      wishes: [7],
      cart: [{ movieId: 1, quantity: 1, giftFor: "Grace" }],
    }));
    expect((await put(2, 3)).status).toBe(200);
    const kept = await newer.read(token);
    expect(kept?.data).toMatchObject({
      wishes: [7],
      cart: [
        { movieId: 1, giftFor: "Grace" },
        { movieId: 2, quantity: 3 },
      ],
    });
    expect(readSessionData(kept?.data)).toBeDefined();
  });
});
