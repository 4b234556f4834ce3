/** Orders as checkout leaves them, made by hand: paid when a test wants it. */
import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { Database } from "../../lambdas/platform/database";

/** Films and how many of each. */
type Lines = Readonly<Record<number, number>>;

export function insertPaidOrder(database: Database, lines: Lines, paidAtMs = Date.now()): Promise<string> {
  return insertOrderOf(database, "paid", lines, paidAtMs);
}

/** Its id. */
export async function insertOrderOf(
  database: Database,
  status: "pending" | "paid" | "refused",
  lines: Lines,
  paidAtMs?: number,
): Promise<string> {
  const id = randomUUID();
  // In one statement: an order without its lines is never seen.
  await database.query(
    z.object({}),
    `WITH made AS (
       INSERT INTO orders (id, cart_id, idempotency_key, status, total_cents, fence_token, fence_holder, paid_at)
       VALUES ($1::text::uuid, $1, $1, $2, 0, 1, '', timestamptz 'epoch' + $3 * interval '1 millisecond'))
     INSERT INTO order_lines (order_id, movie_id, place, title, quantity, price_cents)
     SELECT $1::text::uuid, key::int, row_number() OVER (), 'A film', value::int, 100 FROM jsonb_each_text($4)`,
    [id, status, paidAtMs ?? null, JSON.stringify(lines)],
  );
  return id;
}
