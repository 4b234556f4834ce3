/** Brings an order from pending to paid or refused, whoever has begun it. */
import type { Order } from "#contract/orders";
import type { Database } from "#platform/database";
import { CheckoutUnavailableError } from "#platform/errors";
import { isRedisFull } from "#platform/redis-full";
import { type Lease, type Locks, RedisUnavailableError } from "@larder/toolkit";
import { giveBackToStock, lockStock } from "./film-stock";
import type { OrderJobs } from "./order-jobs";
import { decideOrder } from "./orders";
import type { Payments } from "./payments";

/** Renewed while it is needed; so soon the next one may go on after a process that died. */
const leaseMs = 2_000;
const chargeMs = 4_000;

export class OrderPayment {
  readonly #database: Database;
  readonly #locks: Locks;
  readonly #payments: Payments;
  readonly #jobs: OrderJobs;

  constructor(database: Database, locks: Locks, payments: Payments, jobs: OrderJobs) {
    this.#database = database;
    this.#locks = locks;
    this.#payments = payments;
    this.#jobs = jobs;
  }

  /**
   * Does `work` while no other process orders the cart, as far as a lock can promise that. `undefined` if another one does so
   * for longer than `waitMs`.
   *
   * @param work uses no Redis: one that is lost meanwhile doesn't stop it
   * @throws CheckoutUnavailableError when Redis gave no answer, or is full; `work` is not begun then
   */
  async alone<T>(cartId: string, waitMs: number, work: (lease: Lease) => Promise<T>): Promise<T | undefined> {
    try {
      const done = await this.#locks.withLock(`cart ${cartId}`, { leaseMs, waitMs }, work);
      return done.acquired ? done.value : undefined;
    } catch (error) {
      if (!(error instanceof RedisUnavailableError || isRedisFull(error))) throw error;
      throw new CheckoutUnavailableError(error, "carts can't be locked at the moment, so nothing was ordered");
    }
  }

  /**
   * Has a pending order paid, which was begun or taken up under `lease`. `undefined` if it isn't this lease's any more: another
   * process has taken it up, and this one has changed nothing.
   *
   * @throws CheckoutUnavailableError, DatabaseUnavailableError: it stays pending, for whoever takes it up
   */
  async pay({ id, totalCents, lines }: Order, lease: Lease): Promise<Order | undefined> {
    const signal = AbortSignal.any([lease.signal, AbortSignal.timeout(chargeMs)]);
    const outcome = await this.#payments.charge({ paymentId: id, cents: totalCents }, signal);
    return this.#database.transaction(async (tx) => {
      const decided = await decideOrder(tx, id, outcome === "paid" ? "paid" : "refused", lease);
      if (decided?.status === "paid") await this.#jobs.queueAfterCommit(tx, id);
      if (decided?.status === "refused") {
        await lockStock(
          tx,
          lines.map(({ movieId }) => movieId),
        );
        await giveBackToStock(tx, lines);
      }
      return decided;
    });
  }
}
