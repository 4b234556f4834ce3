/** The first of an order's two transactions: films are reserved and the order noted, or one that is there is taken up. */
import type { Order, ShortFilm } from "#contract/orders";
import type { Database } from "#platform/database";
import type { Transaction } from "#platform/transaction";
import type { LeaseId } from "@larder/toolkit";
import * as z from "zod/mini";
import { lockStock, type StockedFilm, takeFromStock } from "./film-stock";
import { findOrder, insertOrder, type OrderKey, orderOf, takeUpOrder } from "./orders";
import type { CartLine } from "./session-data";

/** What lies in the cart that is asked for, or why there is nothing: the session has no such cart (any more), or it is empty. */
export type CartToOrder =
  | { readonly outcome: "to-order"; readonly lines: readonly CartLine[] }
  | { readonly outcome: "other-cart" | "empty-cart" };

/** `placed`: pending, and this lease's; or decided already. `isOwn`: made by that key. */
export type Placing =
  | { readonly outcome: "placed"; readonly order: Order; readonly isOwn: boolean }
  | { readonly outcome: "out-of-stock"; readonly films: readonly ShortFilm[] }
  /** `under-way`: a later lease has taken up the order. `no-user`: deleted since the request was let in. */
  | { readonly outcome: "key-reused" | "under-way" | "no-user" | "other-cart" | "empty-cart" };

/**
 * @param cart not looked at where there is an order
 * @throws DatabaseUnavailableError when the server gave no answer; the order may be placed then, and is found when it is asked for again
 */
export function placeOrder(database: Database, key: OrderKey, cart: CartToOrder, lease: LeaseId): Promise<Placing> {
  return database.transaction(async (tx) => {
    // Orders of somebody who is being deleted stay, so the user is locked first, as by a deletion.
    const users = await tx.query(z.object({}), "SELECT FROM users WHERE id = $1 FOR KEY SHARE", [key.userId]);
    if (users.length === 0) return { outcome: "no-user" };
    return (await takeUp(tx, key, lease)) ?? (await place(tx, key, cart, lease));
  });
}

async function takeUp(tx: Transaction, key: OrderKey, lease: LeaseId): Promise<Placing | undefined> {
  const found = await findOrder(tx, key);
  if (found === undefined) return undefined;
  if (found.isOfOtherCart) return { outcome: "key-reused" };
  const { isOwn } = found;
  const { id, status } = found.order;
  const order = status === "pending" ? await takeUpOrder(tx, id, lease) : found.order;
  if (order !== undefined) return { outcome: "placed", order, isOwn };
  const now = await orderOf(tx, key.userId, id);
  if (now === undefined || now.status === "pending") return { outcome: "under-way" };
  return { outcome: "placed", order: now, isOwn };
}

async function place(tx: Transaction, key: OrderKey, cart: CartToOrder, lease: LeaseId): Promise<Placing> {
  if (cart.outcome !== "to-order") return cart;
  const stock = await lockStock(
    tx,
    cart.lines.map(({ movieId }) => movieId),
  );
  const lines = cart.lines.flatMap((line) => orderLine(line, stock.get(line.movieId)) ?? []);
  if (lines.length < cart.lines.length) return { outcome: "out-of-stock", films: shortFilms(cart.lines, stock) };
  const order = await insertOrder(tx, key, lines, lease);
  // The lock keeps processes apart, but for one that was frozen; what tells them apart is that a cart has one order.
  if (order === undefined) return (await takeUp(tx, key, lease)) ?? { outcome: "under-way" };
  await takeFromStock(tx, lines);
  return { outcome: "placed", order, isOwn: true };
}

/** `undefined` if there isn't so much of the film. */
function orderLine({ movieId, quantity }: CartLine, film: StockedFilm | undefined): Order["lines"][number] | undefined {
  if (film === undefined || film.in_stock < quantity) return undefined;
  return { movieId, title: film.title, quantity, priceCents: film.price_cents };
}

function shortFilms(cart: readonly CartLine[], stock: ReadonlyMap<number, StockedFilm>): ShortFilm[] {
  return cart
    .map(({ movieId, quantity }) => ({ movieId, quantity, inStock: stock.get(movieId)?.in_stock ?? 0 }))
    .filter(({ quantity, inStock }) => inStock < quantity)
    .map(({ movieId, inStock }) => ({ movieId, inStock }));
}
