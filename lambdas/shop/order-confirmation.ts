/** Tells a buyer that an order is paid. */
import type { Database } from "#platform/database";
import * as z from "zod/mini";
import type { Mailer } from "./mailer";

const PaidOrder = z.object({
  name: z.string(),
  email: z.string(),
  total_cents: z.int(),
  lines: z.array(z.object({ title: z.string(), quantity: z.int(), priceCents: z.int() })),
});

export class OrderConfirmation {
  readonly #database: Database;
  readonly #mailer: Mailer;

  constructor(database: Database, mailer: Mailer) {
    this.#database = database;
    this.#mailer = mailer;
  }

  /** Sends nothing where there is nobody to send it to: the buyer is deleted, or has no address. */
  async send(orderId: string): Promise<void> {
    const [order] = await this.#database.query(
      PaidOrder,
      `SELECT name, email, total_cents, (SELECT jsonb_agg(jsonb_build_object(
         'title', title, 'quantity', quantity, 'priceCents', price_cents) ORDER BY place)
         FROM order_lines WHERE order_id = orders.id) AS lines
       FROM orders JOIN users ON users.id = user_id
       WHERE orders.id = $1 AND orders.status = 'paid' AND email IS NOT NULL`,
      [orderId],
    );
    if (order === undefined) return;
    const { name, email, total_cents: totalCents, lines } = order;
    await this.#mailer.send({
      id: `confirm ${orderId}`,
      to: email,
      subject: `Your order ${orderId}`,
      text: [
        `Dear ${name},`,
        "thank you for your order:",
        ...lines.map(({ title, quantity, priceCents }) => `${quantity} × ${title}, ${dollars(priceCents)} each`),
        `Together ${dollars(totalCents)}, paid.`,
      ].join("\n"),
    });
  }
}

function dollars(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`;
}
