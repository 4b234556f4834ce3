/** What the shop has of each film. Rows are locked in one order everywhere, so that no two orders wait for each other. */
import type { Queries } from "#platform/queries";
import type { Transaction } from "#platform/transaction";
import * as z from "zod/mini";
import type { CartLine } from "./session-data";

const StockedFilm = z.object({ movie_id: z.int(), title: z.string(), in_stock: z.int(), price_cents: z.int() });
export type StockedFilm = z.infer<typeof StockedFilm>;

/** By id; a film that there isn't any more is left out. What is in stock changes no more until the transaction ends. */
export async function lockStock(tx: Transaction, movieIds: readonly number[]): Promise<Map<number, StockedFilm>> {
  const rows = await tx.query(
    StockedFilm,
    `SELECT movie_id, title, in_stock, price_cents FROM film_stock JOIN movies ON movies.id = movie_id
     WHERE movie_id = ANY($1) ORDER BY movie_id FOR UPDATE OF film_stock`,
    [movieIds],
  );
  return new Map(rows.map((row) => [row.movie_id, row]));
}

/** Of films that are locked. */
export function takeFromStock(tx: Queries, lines: readonly CartLine[]): Promise<unknown> {
  return changeStock(
    tx,
    lines.map(({ movieId, quantity }) => ({ movieId, quantity: -quantity })),
  );
}

/** Of films that are locked; one that was deleted meanwhile has none. */
export function giveBackToStock(tx: Queries, lines: readonly CartLine[]): Promise<unknown> {
  return changeStock(tx, lines);
}

function changeStock(tx: Queries, lines: readonly CartLine[]): Promise<unknown> {
  return tx.query(
    z.object({}),
    `UPDATE film_stock SET in_stock = in_stock + quantity
     FROM unnest($1::int[], $2::int[]) AS change (movie_id, quantity) WHERE film_stock.movie_id = change.movie_id`,
    [lines.map(({ movieId }) => movieId), lines.map(({ quantity }) => quantity)],
  );
}
