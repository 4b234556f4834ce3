/** What the books say of the orders of a drill, read from the tables. */
import { Client } from "pg";
import * as z from "zod/mini";
import type { PostgresAddress } from "../servers/postgres";
import type { PlacedOrder } from "./shoppers";

export interface BooksFound {
  /** Orders whose shopper was told that they are paid. */
  readonly told: number;
  /** Of those, what isn't in the books as paid. */
  readonly lost: number;
  /** Carts that were charged more than once. */
  readonly chargedTwice: number;
  /** Charges that no paid order has, or another sum. */
  readonly chargedForNothing: number;
  readonly pending: number;
  /** Films whose stock isn't what was sold of them less. */
  readonly wrongStock: number;
}

const Count = z.tuple([z.object({ count: z.coerce.number() })]);

/** Each row is a fault. */
const faults = {
  chargedTwice: `SELECT cart_id FROM simulated_charges JOIN orders ON id = payment_id
    WHERE outcome = 'paid' GROUP BY cart_id HAVING count(*) > 1`,
  chargedForNothing: `SELECT payment_id FROM simulated_charges LEFT JOIN orders ON id = payment_id AND status = 'paid'
    WHERE outcome = 'paid' AND total_cents IS DISTINCT FROM cents`,
  pending: "SELECT id FROM orders WHERE status = 'pending'",
  wrongStock: `SELECT film_stock.movie_id FROM film_stock LEFT JOIN (
      SELECT movie_id, sum(quantity) AS sold FROM order_lines JOIN orders ON id = order_id AND status <> 'refused'
      GROUP BY movie_id) AS sales USING (movie_id)
    WHERE in_stock <> 1000 - coalesce(sold, 0)`,
};

export async function booksOf(
  { host, port, master }: PostgresAddress,
  orders: readonly PlacedOrder[],
): Promise<BooksFound> {
  const client = new Client({ host, port, ...master, database: "larder" });
  client.on("error", () => undefined); // the rejection says it too
  await client.connect();
  const count = async (rows: string, values: unknown[] = []) => {
    const { rows: counted } = await client.query(`SELECT count(*) FROM (${rows}) AS found`, values);
    return Count.parse(counted)[0].count;
  };
  try {
    const told = orders.flatMap(({ paid }) => paid ?? []);
    const kept = await count("SELECT id FROM orders WHERE status = 'paid' AND id = ANY($1::uuid[])", [told]);
    return {
      told: told.length,
      lost: told.length - kept,
      chargedTwice: await count(faults.chargedTwice),
      chargedForNothing: await count(faults.chargedForNothing),
      pending: await count(faults.pending),
      wrongStock: await count(faults.wrongStock),
    };
  } finally {
    await client.end();
  }
}
