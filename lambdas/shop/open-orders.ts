/** Orders that were begun and not decided: their process died or got no answer, and nobody has sent the request again. */
import type { Database } from "#platform/database";
import { logger } from "#platform/logger";
import type { OrderPayment } from "./order-payment";
import { pendingOrders, takeUpOrder } from "./orders";

const minuteMs = 60_000;
const mostAtOnce = 20;
/** One that is finished takes a lock, two transactions and a charge; if everything is slow, so long. */
const orderNeedsMs = 12_000;

export class OpenOrders {
  readonly #database: Database;
  readonly #payment: OrderPayment;

  constructor(database: Database, payment: OrderPayment) {
    this.#database = database;
    this.#payment = payment;
  }

  /**
   * Decides those that have been pending for longer, the oldest first and at most 20; one that somebody works at is left to them, one that fails to
   * the next time.
   *
   * @param remainingMs none is begun that might take longer
   * @returns how many were decided
   * @throws DatabaseUnavailableError when the server gave no answer
   */
  async finish(remainingMs: () => number, { pendingForMs = minuteMs } = {}): Promise<number> {
    let finished = 0;
    for (const { id, cartId } of await pendingOrders(this.#database, { pendingForMs, atMost: mostAtOnce })) {
      if (remainingMs() < orderNeedsMs) break;
      if (await this.#finish(id, cartId)) finished++;
    }
    return finished;
  }

  async #finish(id: string, cartId: string): Promise<boolean> {
    try {
      const decided = await this.#payment.alone(cartId, 0, async (lease) => {
        const order = await takeUpOrder(this.#database, id, lease);
        return order && this.#payment.pay(order, lease);
      });
      return decided !== undefined;
    } catch (error) {
      logger.warn("an open order could not be finished, which will be tried again", { orderId: id, error });
      return false;
    }
  }
}
