/** A cart: lines of films and how many of each. It lies in the session, and ends with it. */
import { type Cart, maxCartLines } from "#contract/cart";
import type { Movie } from "#contract/movies";
import { randomUUID } from "node:crypto";
import type { CartLine, SessionData } from "./session-data";

/** With so many of the film in it, whether it was there or not; `undefined` if it has no room for another film. */
export function withLine(cart: readonly CartLine[], movieId: number, quantity: number): CartLine[] | undefined {
  const at = cart.findIndex((line) => line.movieId === movieId);
  if (at >= 0) return cart.map((line, index) => (index === at ? { ...line, quantity } : line));
  return cart.length < maxCartLines ? [...cart, { movieId, quantity }] : undefined;
}

export function withoutLine(cart: readonly CartLine[], movieId: number): CartLine[] {
  return cart.filter((line) => line.movieId !== movieId);
}

/** With a name for the cart, if it holds something and has none. */
export function named(data: SessionData): SessionData {
  return data.cart.length > 0 && data.cartId === undefined ? { ...data, cartId: randomUUID() } : data;
}

/** After a cart was paid for: what was put in since it was ordered stays, as another cart. Of any other cart nothing is taken. */
export function withoutOrdered(data: SessionData, cartId: string, ordered: readonly CartLine[]): SessionData {
  if (data.cartId !== cartId) return data;
  const taken = new Map(ordered.map(({ movieId, quantity }) => [movieId, quantity]));
  const cart = data.cart
    .map((line) => ({ ...line, quantity: line.quantity - (taken.get(line.movieId) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
  return named({ ...data, cart, cartId: undefined });
}

/** As the API shows it, with the films that `filmsOf` finds. */
export async function shown(
  { cart, cartId }: Pick<SessionData, "cart" | "cartId">,
  filmsOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, Movie>>,
): Promise<Cart> {
  const films = await filmsOf(cart.map(({ movieId }) => String(movieId)));
  return {
    id: cartId ?? null,
    items: cart.map(({ movieId, quantity }) => ({
      movieId,
      title: films.get(String(movieId))?.title ?? null,
      quantity,
    })),
  };
}
