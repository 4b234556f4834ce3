/** A cart: lines of films and how many of each. It lies in the session, and ends with it. */
import { type Cart, maxCartLines } from "#contract/cart";
import type { Movie } from "#contract/movies";
import type { CartLine } from "./session-data";

/** With so many of the film in it, whether it was there or not; `undefined` if it has no room for another film. */
export function withLine(cart: readonly CartLine[], movieId: number, quantity: number): CartLine[] | undefined {
  const at = cart.findIndex((line) => line.movieId === movieId);
  if (at >= 0) return cart.map((line, index) => (index === at ? { ...line, quantity } : line));
  return cart.length < maxCartLines ? [...cart, { movieId, quantity }] : undefined;
}

export function withoutLine(cart: readonly CartLine[], movieId: number): CartLine[] {
  return cart.filter((line) => line.movieId !== movieId);
}

/** As the API shows it, with the films that `filmsOf` finds. */
export async function shown(
  cart: readonly CartLine[],
  filmsOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, Movie>>,
): Promise<Cart> {
  const films = await filmsOf(cart.map(({ movieId }) => String(movieId)));
  return {
    items: cart.map(({ movieId, quantity }) => ({
      movieId,
      title: films.get(String(movieId))?.title ?? null,
      quantity,
    })),
  };
}
