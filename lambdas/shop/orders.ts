/** Orders: how they lie in the database. What changes one is fenced: a holder of an older lease of its cart changes nothing. */
import { Order, type OrderPage, type OrderSearch } from "#contract/orders";
import type { Queries } from "#platform/queries";
import type { Transaction } from "#platform/transaction";
import { fencePredicate, fenceValues, type LeaseId } from "@larder/toolkit";
import * as z from "zod/mini";

const isoTime = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** An order as the API shows it, built by the database. */
const asOrder = `jsonb_build_object(
  'id', id, 'status', status, 'totalCents', total_cents,
  'createdAt', ${isoTime("created_at")}, 'paidAt', ${isoTime("paid_at")},
  'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object(
    'movieId', movie_id, 'title', title, 'quantity', quantity, 'priceCents', price_cents) ORDER BY place), '[]')
    FROM order_lines WHERE order_id = orders.id))`;

const OrderRow = z.object({ order: Order });

/** What an order is asked for by. */
export interface OrderKey {
  readonly userId: string;
  readonly idempotencyKey: string;
  readonly cartId: string;
}

const FoundRow = z.object({ order: Order, by_key: z.boolean(), cart_id: z.string() });

interface FoundOrder {
  readonly order: Order;
  /** Made by that key; else another one's, for the same cart. */
  readonly isOwn: boolean;
  readonly isOfOtherCart: boolean;
}

/** The order of that key, or else the one that stands for that cart. */
export async function findOrder(
  database: Queries,
  { userId, idempotencyKey, cartId }: OrderKey,
): Promise<FoundOrder | undefined> {
  const rows = await database.query(
    FoundRow,
    `SELECT ${asOrder} AS order, cart_id, idempotency_key = $2 AS by_key FROM orders
     WHERE user_id = $1 AND (idempotency_key = $2 OR (cart_id = $3 AND status <> 'refused'))
     ORDER BY by_key DESC LIMIT 1`,
    [userId, idempotencyKey, cartId],
  );
  if (rows[0] === undefined) return undefined;
  const { order, by_key: isOwn, cart_id } = rows[0];
  return { order, isOwn, isOfOtherCart: cart_id !== cartId };
}

/** `undefined` when there is none, or it is another user's. */
export async function orderOf(database: Queries, userId: string, id: string): Promise<Order | undefined> {
  const rows = await database.query(OrderRow, `SELECT ${asOrder} AS order FROM orders WHERE user_id = $1 AND id = $2`, [
    userId,
    id,
  ]);
  return rows[0]?.order;
}

const PageRow = z.object({ items: z.array(Order), total: z.int() });

export async function ordersOf(database: Queries, userId: string, { page, pageSize }: OrderSearch): Promise<OrderPage> {
  const rows = await database.query(
    PageRow,
    `SELECT (SELECT count(*)::int FROM orders WHERE user_id = $1) AS total,
            coalesce((SELECT jsonb_agg(found) FROM (
              SELECT ${asOrder} AS found FROM orders WHERE user_id = $1
              ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3) page), '[]') AS items`,
    [userId, pageSize, (page - 1) * pageSize],
  );
  const { items, total } = z.tuple([PageRow]).parse(rows)[0];
  return { items, page, pageSize, total };
}

/** A pending order. `undefined` if there is one of that key or for that cart, by whomever, once that has been committed. */
export async function insertOrder(
  tx: Transaction,
  { userId, idempotencyKey, cartId }: OrderKey,
  lines: Order["lines"],
  lease: LeaseId,
): Promise<Order | undefined> {
  const totalCents = lines.reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0);
  const inserted = await tx.query(
    z.object({ id: z.string() }),
    `INSERT INTO orders (user_id, idempotency_key, cart_id, total_cents, fence_token, fence_holder)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
    [userId, idempotencyKey, cartId, totalCents, ...fenceValues(lease)],
  );
  if (inserted[0] === undefined) return undefined;
  const { id } = inserted[0];
  await tx.query(
    z.object({}),
    `INSERT INTO order_lines (order_id, movie_id, place, title, quantity, price_cents)
     SELECT $1, line.* FROM unnest($2::int[], $3::int[], $4::text[], $5::int[], $6::int[]) AS line`,
    [
      id,
      lines.map(({ movieId }) => movieId),
      lines.map((_line, place) => place),
      lines.map(({ title }) => title),
      lines.map(({ quantity }) => quantity),
      lines.map(({ priceCents }) => priceCents),
    ],
  );
  return orderOf(tx, userId, id);
}

/** Goes on with a pending order under a later lease. `undefined` if it isn't pending, or a still later one has it. */
export async function takeUpOrder(database: Queries, id: string, lease: LeaseId): Promise<Order | undefined> {
  return changeOrder(database, "", id, lease);
}

const decisions = { paid: "status = 'paid', paid_at = now(),", refused: "status = 'refused'," };

/** Decides a pending order. `undefined` as with `takeUpOrder`; it isn't changed then. */
export async function decideOrder(
  tx: Transaction,
  id: string,
  status: keyof typeof decisions,
  lease: LeaseId,
): Promise<Order | undefined> {
  return changeOrder(tx, decisions[status], id, lease);
}

async function changeOrder(database: Queries, set: string, id: string, lease: LeaseId): Promise<Order | undefined> {
  const rows = await database.query(
    OrderRow,
    `UPDATE orders SET ${set} fence_token = $2, fence_holder = $3
     WHERE id = $1 AND status = 'pending' AND ${fencePredicate(2)} RETURNING ${asOrder} AS order`,
    [id, ...fenceValues(lease)],
  );
  return rows[0]?.order;
}

/** Of a user who is locked: none is begun until the transaction ends. */
export async function hasPendingOrder(tx: Transaction, userId: string): Promise<boolean> {
  const rows = await tx.query(z.object({}), "SELECT FROM orders WHERE user_id = $1 AND status = 'pending' LIMIT 1", [
    userId,
  ]);
  return rows.length > 0;
}

const PendingRow = z.object({ id: z.string(), cart_id: z.string() });

/** Those first that were tried longest ago: one that fails again and again keeps no other waiting. */
export async function pendingOrders(
  database: Queries,
  { pendingForMs, atMost }: { readonly pendingForMs: number; readonly atMost: number },
): Promise<{ readonly id: string; readonly cartId: string }[]> {
  const rows = await database.query(
    PendingRow,
    `SELECT id, cart_id FROM orders WHERE status = 'pending' AND created_at <= now() - $1 * interval '1 millisecond'
     ORDER BY fence_token LIMIT $2`,
    [pendingForMs, atMost],
  );
  return rows.map(({ id, cart_id: cartId }) => ({ id, cartId }));
}
