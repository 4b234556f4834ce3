/** What the API says of orders. */
import * as z from "zod/mini";
import { jsonObject } from "./json-object";
import { Problem } from "./problem-schemas";
import { wholeNumber } from "./whole-number";

/** Names the cart that is ordered, as `GET /cart` shows it: a repeat means the same one, whatever the session has by then. */
export const NewOrder = jsonObject({
  cartId: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, "must be the id of a cart")),
});

/** One for each order that a client means to make, sent again with each repeat (draft-ietf-httpapi-idempotency-key-header). */
export const OrderHeaders = z.object({
  "idempotency-key": z.string().check(z.regex(/^[\x21-\x7e]{1,128}$/, "must be 1 to 128 visible ASCII characters")),
});

export const OrderPath = z.object({ id: z.uuid("must be the id of an order") });

export const Order = z.object({
  id: z.uuid(),
  /** `pending`: not decided yet. `refused`: the payment was declined, and nothing was charged. */
  status: z.enum(["pending", "paid", "refused"]),
  totalCents: z.int(),
  createdAt: z.iso.datetime(),
  paidAt: z.nullable(z.iso.datetime()),
  /** Titles and prices as they were then. */
  lines: z.array(z.object({ movieId: z.int(), title: z.string(), quantity: z.int(), priceCents: z.int() })),
});
export type Order = z.infer<typeof Order>;

export const OrderSearch = z.strictObject({
  page: z._default(wholeNumber(10_000), 1),
  pageSize: z._default(wholeNumber(100), 20),
});
export type OrderSearch = z.infer<typeof OrderSearch>;

export const OrderPage = z.object({
  /** The newest first. */
  items: z.array(Order),
  page: z.int(),
  pageSize: z.int(),
  /** How many there are, on all pages. */
  total: z.int(),
});
export type OrderPage = z.infer<typeof OrderPage>;

/** A film of which there isn't enough. */
const ShortFilm = z.object({ movieId: z.int(), inStock: z.int() });
export type ShortFilm = z.infer<typeof ShortFilm>;

/** The problem `out-of-stock`. */
export const OutOfStock = z.looseObject({ ...Problem.shape, films: z.array(ShortFilm) });
