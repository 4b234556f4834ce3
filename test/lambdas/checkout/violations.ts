/** What must never be seen of a shop whose carts have been ordered, however often and under whatever faults. */
import * as z from "zod/mini";
import { Order } from "../../../lambdas/contract/orders";
import type { Database } from "../../../lambdas/platform/database";

/** What one click was answered. */
export interface Click {
  readonly cartId: string;
  readonly outcome: string;
  /** Of `paid` and `refused`. */
  readonly orderId?: string;
}

export interface Books {
  readonly orders: readonly (Pick<Order, "id" | "status" | "lines"> & { readonly cartId: string })[];
  readonly charges: readonly { readonly paymentId: string; readonly cents: number; readonly outcome: string }[];
  /** By film. */
  readonly stock: ReadonlyMap<number, number>;
}

const line = z.object({ movieId: z.int(), title: z.string(), quantity: z.int(), priceCents: z.int() });
const OrderRow = z.object({ id: z.string(), cartId: z.string(), status: Order.shape.status, lines: z.array(line) });
const ChargeRow = z.object({ paymentId: z.string(), cents: z.int(), outcome: z.string() });

/** Read from the tables, not by the code that is tested. */
export async function booksOf(database: Database): Promise<Books> {
  const orders = `
    SELECT id, cart_id AS "cartId", status, (SELECT jsonb_agg(jsonb_build_object(
      'movieId', movie_id, 'title', title, 'quantity', quantity, 'priceCents', price_cents))
      FROM order_lines WHERE order_id = id) AS lines FROM orders`;
  const charges = 'SELECT payment_id AS "paymentId", cents, outcome FROM simulated_charges';
  const stock = await database.query(
    z.object({ movie_id: z.int(), in_stock: z.int() }),
    "SELECT movie_id, in_stock FROM film_stock",
    [],
  );
  return {
    orders: await database.query(OrderRow, orders, []),
    charges: await database.query(ChargeRow, charges, []),
    stock: new Map(stock.map(({ movie_id, in_stock }) => [movie_id, in_stock])),
  };
}

export function violationsOf(
  cartIds: readonly string[],
  clicks: readonly Click[],
  { orders, charges, stock }: Books,
  stockBefore: ReadonlyMap<number, number>,
): string[] {
  const violations: string[] = [];
  const orderOf = new Map(orders.map((order) => [order.id, order]));
  const paid = charges.filter(({ outcome }) => outcome === "paid");

  const paidCarts = paid.map(({ paymentId }) => orderOf.get(paymentId)?.cartId);
  for (const [cartId, times] of counted(paidCarts))
    if (cartId === undefined) violations.push("something was charged without an order");
    else if (times > 1) violations.push(`cart ${cartId} was charged ${times} times`);
  for (const { id, status, lines } of orders) {
    const charge = charges.find(({ paymentId }) => paymentId === id);
    const total = lines.reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0);
    if (status === "pending") violations.push(`order ${id} is still pending`);
    else if (charge?.outcome !== (status === "paid" ? "paid" : "declined"))
      violations.push(`order ${id} is ${status}, and the provider says ${charge?.outcome ?? "nothing"}`);
    else if (charge.cents !== total) violations.push(`order ${id} costs ${total}, and ${charge.cents} was charged`);
  }

  const sold = new Map<number, number>();
  for (const { lines } of orders.filter(({ status }) => status === "paid"))
    for (const { movieId, quantity } of lines) sold.set(movieId, (sold.get(movieId) ?? 0) + quantity);
  for (const [film, before] of stockBefore) {
    const [left, took] = [stock.get(film) ?? 0, sold.get(film) ?? 0];
    if (left < 0 || left !== before - took) violations.push(`film ${film}: ${before} - ${took} sold, ${left} left`);
  }

  const clicksOf = Map.groupBy(clicks, ({ cartId }) => cartId);
  for (const cartId of cartIds) {
    const answers = clicksOf.get(cartId) ?? [];
    const decided = answers.filter(({ outcome }) => outcome === "paid" || outcome === "refused");
    if (answers.length === 0) violations.push(`cart ${cartId} has no answer`);
    if (counted(decided.map(({ outcome, orderId }) => `${outcome} ${orderId}`)).size > 1)
      violations.push(`cart ${cartId} was answered differently`);
    for (const { outcome, orderId } of decided)
      if (orderOf.get(orderId ?? "")?.status !== outcome)
        violations.push(`cart ${cartId} was told ${outcome}: ${orderId}`);
    if (decided.length === 0 && orders.some((order) => order.cartId === cartId))
      violations.push(`nobody was told of the order of cart ${cartId}`);
    if (decided.length === 0 && answers.some(({ outcome }) => outcome !== "out-of-stock"))
      violations.push(`cart ${cartId} was answered ${answers[0]?.outcome}`);
  }
  return violations;
}

function counted<T>(things: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}
