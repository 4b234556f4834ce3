/** What the API says of a cart. */
import * as z from "zod/mini";
import { jsonObject } from "./json-object";
import { MovieId } from "./movies";

/** How many films may lie in it, and how many copies of each. */
export const maxCartLines = 50;
const maxQuantity = 99;

export const CartItemPath = z.object({ movieId: MovieId });

export const CartQuantity = jsonObject({ quantity: z.int().check(z.minimum(1), z.maximum(maxQuantity)) });

export const Cart = z.object({
  /** Names it when it is ordered. `null` until something is put in; another one once it was paid for. */
  id: z.nullable(z.string()),
  /** In the order in which they were put in. `title` is `null` for a film that the shop doesn't have any more. */
  items: z.array(z.object({ movieId: z.int(), title: z.nullable(z.string()), quantity: z.int() })),
});
export type Cart = z.infer<typeof Cart>;
