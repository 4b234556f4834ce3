/** What was sold, as it lies in the database: the lines of paid orders. */
import type { Queries } from "#platform/queries";
import type { BoardTotal, RebuildSpan } from "@larder/toolkit";
import * as z from "zod/mini";

/** Whole milliseconds, as a board takes them. */
const paidAtMs = "floor(extract(epoch FROM paid_at) * 1000)::float8";
const isWithinSpan = `paid_at >= timestamptz 'epoch' + $1 * interval '1 millisecond'
  AND paid_at < timestamptz 'epoch' + $2 * interval '1 millisecond'`;

const SaleRow = z.object({ member: z.string(), by: z.int(), at_ms: z.int(), is_recent: z.boolean() });

export interface Sale {
  readonly films: readonly { readonly member: string; readonly by: number }[];
  readonly paidAtMs: number;
  /** Paid less than `recentMs` ago. */
  readonly isRecent: boolean;
}

/** `undefined` for an order that isn't paid, or isn't there. */
export async function saleOf(database: Queries, orderId: string, recentMs: number): Promise<Sale | undefined> {
  const rows = await database.query(
    SaleRow,
    `SELECT movie_id::text AS member, quantity AS by, ${paidAtMs} AS at_ms,
            paid_at > now() - $2 * interval '1 millisecond' AS is_recent
     FROM orders JOIN order_lines ON order_id = id WHERE id = $1 AND status = 'paid' ORDER BY place`,
    [orderId, recentMs],
  );
  if (rows[0] === undefined) return undefined;
  const { at_ms, is_recent: isRecent } = rows[0];
  return { films: rows.map(({ member, by }) => ({ member, by })), paidAtMs: at_ms, isRecent };
}

const TotalRow = z.object({ member: z.string(), score: z.int(), last_at_ms: z.int() });

/** Of each film: how many, and when the last was paid. */
export async function soldFilms(database: Queries, { fromMs, untilMs }: RebuildSpan): Promise<BoardTotal[]> {
  const rows = await database.query(
    TotalRow,
    `SELECT movie_id::text AS member, sum(quantity)::float8 AS score, max(${paidAtMs}) AS last_at_ms
     FROM orders JOIN order_lines ON order_id = id WHERE status = 'paid' AND ${isWithinSpan} GROUP BY movie_id`,
    [fromMs, untilMs],
  );
  return rows.map(({ member, score, last_at_ms: lastAtMs }) => ({ member, score, lastAtMs }));
}

/** Of the orders that were paid less than `recentMs` ago. */
export async function recentSales(
  database: Queries,
  { fromMs, untilMs }: RebuildSpan,
  recentMs: number,
): Promise<string[]> {
  const rows = await database.query(
    z.object({ id: z.string() }),
    `SELECT id FROM orders WHERE status = 'paid' AND ${isWithinSpan} AND paid_at > now() - $3 * interval '1 millisecond'`,
    [fromMs, untilMs, recentMs],
  );
  return rows.map(({ id }) => id);
}
