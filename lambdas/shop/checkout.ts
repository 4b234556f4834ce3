/**
 * Turns a session's cart into an order, and has it paid. What comes twice, or is taken up by another process after the first one
 * died, is one order and one charge: see docs/adr/0012.
 */
import type { Order } from "#contract/orders";
import type { Database } from "#platform/database";
import { logger } from "#platform/logger";
import { type Lease, RedisUnavailableError, SessionContendedError, type SessionStore } from "@larder/toolkit";
import { withoutOrdered } from "./cart";
import type { OrderPayment } from "./order-payment";
import { type CartToOrder, placeOrder, type Placing } from "./order-placing";
import { findOrder, orderOf, type OrderKey } from "./orders";
import type { SessionData } from "./session-data";

/** Longer than a lease lasts: who comes next goes on with what a process that died has left. */
const waitMs = 3_000;

export type CheckoutOutcome =
  /** Now or before: a repeat is answered the same. */
  | { readonly outcome: "paid" | "refused"; readonly order: Order }
  /** It has ended since the request was let in. */
  | { readonly outcome: "no-session" }
  | Exclude<Placing, { outcome: "placed" }>;

export class Checkout {
  readonly #database: Database;
  readonly #sessions: SessionStore<SessionData>;
  readonly #payment: OrderPayment;

  constructor(database: Database, sessions: SessionStore<SessionData>, payment: OrderPayment) {
    this.#database = database;
    this.#sessions = sessions;
    this.#payment = payment;
  }

  /**
   * @param token of the session that holds the cart
   * @throws CheckoutUnavailableError, DatabaseUnavailableError or RedisUnavailableError when something gave no answer; asked for again, the
   * order is finished
   */
  async order(token: string, key: OrderKey): Promise<CheckoutOutcome> {
    const session = await this.#sessions.read(token);
    if (session === undefined) return { outcome: "no-session" };
    const outcome = await this.#order(session.data, key);
    if (outcome.outcome === "paid" && session.data.cartId === key.cartId)
      await this.#takeFromCart(token, key.cartId, outcome.order);
    return outcome;
  }

  async #order(data: SessionData, key: OrderKey): Promise<CheckoutOutcome> {
    const cart = cartToOrder(data, key.cartId);
    const found = await findOrder(this.#database, key);
    if (found === undefined && cart.outcome !== "to-order") return cart;
    if (found?.isOfOtherCart === true) return { outcome: "key-reused" };
    if (found !== undefined && found.order.status !== "pending")
      return { outcome: found.order.status, order: found.order };
    const work = (lease: Lease) => this.#placeAndPay(key, cart, lease);
    return (await this.#payment.alone(key.cartId, waitMs, work)) ?? { outcome: "under-way" };
  }

  async #placeAndPay(key: OrderKey, cart: CartToOrder, lease: Lease): Promise<CheckoutOutcome> {
    for (;;) {
      const placing = await placeOrder(this.#database, key, cart, lease);
      if (placing.outcome !== "placed") return placing;
      const { order: placed, isOwn } = placing;
      const order = placed.status === "pending" ? await this.#pay(placed, key, lease) : placed;
      if (order === undefined || order.status === "pending") return { outcome: "under-way" };
      // The payment of another key was declined: this one has an order and a payment of its own.
      if (order.status === "paid" || isOwn) return { outcome: order.status, order };
    }
  }

  /** If another process has taken it up meanwhile, the order is what that one has made of it. */
  async #pay(order: Order, { userId }: OrderKey, lease: Lease): Promise<Order | undefined> {
    return (await this.#payment.pay(order, lease)) ?? orderOf(this.#database, userId, order.id);
  }

  /**
   * The order is paid whatever comes of this. If Redis gives no answer, the session goes on showing the cart until it is ordered
   * again, and then this order is found.
   */
  async #takeFromCart(token: string, cartId: string, { lines }: Order): Promise<void> {
    try {
      await this.#sessions.update(token, (data) => withoutOrdered(data, cartId, lines));
    } catch (error) {
      if (!(error instanceof RedisUnavailableError || error instanceof SessionContendedError)) throw error;
      logger.warn("a cart that is paid for still lies in its session", { error });
    }
  }
}

function cartToOrder(data: SessionData, cartId: string): CartToOrder {
  if (data.cartId !== cartId) return { outcome: "other-cart" };
  return data.cart.length === 0 ? { outcome: "empty-cart" } : { outcome: "to-order", lines: data.cart };
}
