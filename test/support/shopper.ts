/** Somebody who fills a cart and orders it, with what the shop and the payment provider have of it then. */
import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import { Order } from "../../lambdas/contract/orders";
import type { Database } from "../../lambdas/platform/database";
import type { Answer } from "./invoke";
import type { ShopProcess, SignedIn } from "./shop-process";

export class Shopper {
  private constructor(
    readonly shop: ShopProcess,
    readonly user: SignedIn,
  ) {}

  static async in(shop: ShopProcess): Promise<Shopper> {
    return new Shopper(shop, await shop.newcomer());
  }

  async put(movieId: number, quantity: number): Promise<string> {
    const { token } = this.user;
    return cartIdOf(await this.shop.ask("PUT", `/cart/items/${movieId}`, { token, body: { quantity } }));
  }

  /** What lies in the cart, as `[film, how many]`. */
  async cart(): Promise<{ id: string | null; lines: number[][] }> {
    const { id, items } = Cart.parse((await this.shop.ask("GET", "/cart", this.user)).body);
    return { id, lines: items.map(({ movieId, quantity }) => [movieId, quantity]) };
  }

  order(cartId: string, key: string = randomUUID(), shop = this.shop): Promise<Answer> {
    const headers = { "idempotency-key": key };
    return shop.ask("POST", "/orders", { token: this.user.token, headers, body: { cartId } });
  }

  async orders(): Promise<Order[]> {
    const { body } = await this.shop.ask("GET", "/orders", this.user);
    return z.object({ items: z.array(Order) }).parse(body).items;
  }
}

const Cart = z.object({
  id: z.nullable(z.string()),
  items: z.array(z.object({ movieId: z.int(), quantity: z.int() })),
});

function cartIdOf(answer: Answer): string {
  return z.object({ id: z.string() }).parse(answer.body).id;
}

/** A film of the test's own, with so many in stock. */
export async function stockedFilm(shop: ShopProcess, inStock: number): Promise<number> {
  const { id } = await shop.catalog.filmChanges.add({ title: `Film ${randomUUID()}` });
  await shop.database.query(z.object({}), "UPDATE film_stock SET in_stock = $2 WHERE movie_id = $1", [id, inStock]);
  return id;
}

export async function stockOf(database: Database, movieId: number): Promise<number | undefined> {
  const row = z.object({ in_stock: z.int() });
  return (await database.query(row, "SELECT in_stock FROM film_stock WHERE movie_id = $1", [movieId]))[0]?.in_stock;
}

/** What the provider has in its books of a user's orders: how each payment came out. */
export async function chargesOf(database: Database, userId: string): Promise<string[]> {
  const rows = await database.query(
    z.object({ outcome: z.string() }),
    `SELECT outcome FROM simulated_charges JOIN orders ON orders.id = payment_id WHERE user_id = $1 ORDER BY created_at`,
    [userId],
  );
  return rows.map(({ outcome }) => outcome);
}
