/**
 * What is to be done for orders once they are paid. It is noted with the payment, so that it is done though Redis loses it: the
 * queue only hands it out sooner.
 */
import type { OrderJob } from "#contract/queues";
import type { Database } from "#platform/database";
import { logger } from "#platform/logger";
import type { Queries } from "#platform/queries";
import type { Transaction } from "#platform/transaction";
import { type NewJob, type Queue, RedisUnavailableError } from "@larder/toolkit";
import * as z from "zod/mini";

const kinds = ["confirm", "count-sales"] as const satisfies readonly OrderJob["kind"][];
const mostAtOnce = 250;
const mostRequeues = 100;
/** A Redis that hangs is given up sooner; the transaction must end before the environment is frozen. */
const requeueNeedsMs = 4_000;

const Requeued = z.object({ order_id: z.uuid(), kind: z.enum(kinds) });

export class OrderJobs {
  readonly #database: Database;
  readonly #queue: Queue<OrderJob>;

  constructor(database: Database, queue: Queue<OrderJob>) {
    this.#database = database;
    this.#queue = queue;
  }

  /** Queues the jobs of an order when `tx` has committed, and not if it doesn't. Without Redis they are queued by `requeue`. */
  async queueAfterCommit(tx: Transaction, orderId: string): Promise<void> {
    await tx.query(z.object({}), "INSERT INTO order_jobs (order_id, kind) SELECT $1, unnest($2::text[])", [
      orderId,
      kinds,
    ]);
    tx.afterCommit(async () => {
      try {
        await this.#queue.add(kinds.map((kind) => queued({ kind, orderId })));
      } catch (error) {
        if (!(error instanceof RedisUnavailableError)) throw error;
        logger.warn("the jobs of an order are queued later", { orderId, error });
      }
    });
  }

  /**
   * Queues again what wasn't done in its time: Redis lost it, or never had it, or no attempt succeeded. A minute later at first, then twice
   * as late each time, up to an hour, for about four days; then an administrator retries its dead letter. What is queued still isn't queued twice. Several may do so at once.
   *
   * @param remainingMs none are taken that might take longer
   * @returns how many were taken
   * @throws DatabaseUnavailableError; RedisUnavailableError, and they are due as before
   */
  async requeue(remainingMs: () => number): Promise<number> {
    let requeued = 0;
    while (remainingMs() >= requeueNeedsMs) {
      const now = await this.#database.transaction(async (tx) => {
        const taken = await takeDue(tx);
        if (taken.length > 0) await this.#queue.add(taken.map(queued));
        return taken.length;
      });
      requeued += now;
      if (now < mostAtOnce) break;
    }
    return requeued;
  }

  /** Whether it is still to be done. */
  async isOpen({ orderId, kind }: OrderJob): Promise<boolean> {
    const found = await this.#database.query(z.object({}), "SELECT FROM order_jobs WHERE order_id = $1 AND kind = $2", [
      orderId,
      kind,
    ]);
    return found.length > 0;
  }

  async done({ orderId, kind }: OrderJob): Promise<void> {
    await this.#database.query(z.object({}), "DELETE FROM order_jobs WHERE order_id = $1 AND kind = $2", [
      orderId,
      kind,
    ]);
  }
}

function queued(data: OrderJob): NewJob<OrderJob> {
  return { id: `${data.kind}:${data.orderId}`, data };
}

async function takeDue(tx: Queries): Promise<OrderJob[]> {
  const rows = await tx.query(
    Requeued,
    `UPDATE order_jobs SET requeued = requeued + 1,
       due_at = now() + least(interval '1 minute' * 2 ^ least(requeued, 6), interval '1 hour')
     WHERE (order_id, kind) IN
       (SELECT order_id, kind FROM order_jobs WHERE due_at <= now() AND kind = ANY($2) AND requeued < $3
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING order_id, kind`,
    [mostAtOnce, kinds, mostRequeues],
  );
  return rows.map(({ order_id: orderId, kind }) => ({ orderId, kind }));
}
