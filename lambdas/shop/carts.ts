/** Carts where they lie: in sessions. Several tabs may change one at the same time, and none undoes what another did. */
import type { Cart } from "#contract/cart";
import type { SessionStore } from "@larder/toolkit";
import { named, shown, withLine, withoutLine } from "./cart";
import type { FilmCache } from "./film-cache";
import type { SessionData } from "./session-data";

/** `no-session`: it has ended since the request was let in. */
type PutOutcome =
  { readonly outcome: "put"; readonly cart: Cart } | { readonly outcome: "no-session" | "no-such-film" | "full" };

/** Each method throws RedisUnavailableError when Redis gave no answer; a change may have been made then. */
export class Carts {
  readonly #sessions: SessionStore<SessionData>;
  readonly #films: FilmCache;

  constructor(sessions: SessionStore<SessionData>, films: FilmCache) {
    this.#sessions = sessions;
    this.#films = films;
  }

  /** `undefined` without a session, here and below. */
  async read(token: string): Promise<Cart | undefined> {
    const session = await this.#sessions.read(token);
    const unnamed = session !== undefined && named(session.data) !== session.data;
    const now = unnamed ? await this.#sessions.update(token, named) : session;
    return now && this.#shown(now.data);
  }

  async put(token: string, movieId: string, quantity: number): Promise<PutOutcome> {
    if ((await this.#films.movie(movieId)).value === undefined) return { outcome: "no-such-film" };
    const id = Number(movieId);
    const session = await this.#sessions.update(token, (data) =>
      named({ ...data, cart: withLine(data.cart, id, quantity) ?? data.cart }),
    );
    if (session === undefined) return { outcome: "no-session" };
    const { cart } = session.data;
    if (withLine(cart, id, quantity) === undefined) return { outcome: "full" };
    return { outcome: "put", cart: await this.#shown(session.data) };
  }

  async remove(token: string, movieId: string): Promise<Cart | undefined> {
    const session = await this.#sessions.update(token, (data) => ({
      ...data,
      cart: withoutLine(data.cart, Number(movieId)),
    }));
    return session && this.#shown(session.data);
  }

  #shown(data: SessionData): Promise<Cart> {
    return shown(data, (ids) => this.#films.movies(ids));
  }
}
