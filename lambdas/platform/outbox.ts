/**
 * The invalidations that committed changes owe the cache (a transactional outbox). Each is written in the transaction that
 * makes the change, so that neither exists without the other; carried out right after the commit; and deleted once Redis
 * has confirmed it. What a crash or an unreachable Redis left over is swept.
 */
import type { CollectionName } from "#contract/collections";
import type { Collection } from "@larder/toolkit";
import type { Database } from "./database";
import { logger } from "./logger";
import {
  forgetInvalidations,
  type Invalidation,
  type NotedInvalidation,
  noteInvalidations,
  takeInvalidations,
} from "./outbox-table";
import type { Transaction } from "./transaction";

type Invalidates = Pick<Collection<unknown>, "invalidate" | "invalidateTags" | "invalidateAll">;

/** The collections that a function can invalidate. What concerns others is left for a function that has them. */
type OutboxCollections = Readonly<Partial<Record<CollectionName, Invalidates>>>;

const rowsPerSweep = 100;
/** How often an environment looks for leftovers; how long it spares a database that gave no answer. */
const sweepEveryMs = 5_000;
const spareDatabaseMs = 30_000;
/** A Redis that hangs is given up after about 3 seconds; the transaction must end before the environment is frozen. */
const sweepNeedsMs = 4_000;

export class Outbox {
  readonly #database: Database;
  readonly #collections: OutboxCollections;
  #nextSweepMs = 0;

  constructor(database: Database, collections: OutboxCollections) {
    this.#database = database;
    this.#collections = collections;
  }

  /**
   * Invalidates when `tx` has committed, and not if it doesn't: `Database.transaction` resolves once Redis has confirmed,
   * or hasn't and the sweep will try again. Until then readers may get the old value.
   */
  async invalidateAfterCommit(tx: Transaction, ...invalidations: readonly Invalidation[]): Promise<void> {
    const noted = await noteInvalidations(tx, invalidations);
    tx.afterCommit(async () => {
      const done = await this.#carryOut(noted);
      if (done.length > 0) await forgetInvalidations(this.#database, done);
    });
  }

  /** Sweeps unless it did so a moment ago or too little is left of the invocation. It never throws. */
  async sweepIfDue(remainingMs: number): Promise<void> {
    const nowMs = Date.now(); // the wall clock: the monotonic one may stand still while the process is frozen
    if (nowMs < this.#nextSweepMs || remainingMs < sweepNeedsMs) return;
    try {
      const carriedOut = await this.sweep();
      this.#nextSweepMs = carriedOut === rowsPerSweep ? 0 : nowMs + sweepEveryMs;
      if (carriedOut > 0) logger.info("invalidations left over are carried out", { carriedOut });
    } catch (error) {
      this.#nextSweepMs = nowMs + spareDatabaseMs;
      logger.warn("the outbox could not be swept", { error });
    }
  }

  /**
   * Sweeps until nothing is left that could be carried out, or too little of the invocation.
   *
   * @returns how many rows were carried out and deleted
   * @throws DatabaseUnavailableError as `sweep`; what was swept before stays carried out
   */
  async sweepAll(remainingMs: () => number): Promise<number> {
    let carriedOut = 0;
    while (remainingMs() >= sweepNeedsMs) {
      const now = await this.sweep();
      carriedOut += now;
      // Less than a full sweep: there was no more, or Redis didn't confirm it, and wouldn't at once.
      if (now < rowsPerSweep) break;
    }
    return carriedOut;
  }

  /**
   * Carries out what was left over, the oldest first, at most a hundred rows. Several may sweep at once: each row is
   * taken by one of them, for as long as its transaction lasts.
   *
   * @returns how many rows were carried out and deleted
   * @throws DatabaseUnavailableError when the server gave no answer; what was carried out will be again
   */
  sweep(): Promise<number> {
    return this.#database.transaction(async (tx) => {
      const taken = await takeInvalidations(tx, Object.keys(this.#collections), rowsPerSweep);
      const done = await this.#carryOut(taken);
      if (done.length > 0) await forgetInvalidations(tx, done);
      return done.length;
    });
  }

  /** Returns the ids of what Redis has confirmed. One call for each collection, however many rows name it. */
  async #carryOut(noted: readonly NotedInvalidation[]): Promise<string[]> {
    const byCollection = Map.groupBy(noted, ({ collection }) => collection);
    const confirmed = await Promise.all(
      Object.entries(this.#collections).map(async ([name, collection]) => {
        const rows = byCollection.get(name) ?? [];
        return (await confirms(name, collection, rows)) ? rows.map(({ id }) => id) : [];
      }),
    );
    return confirmed.flat();
  }
}

async function confirms(name: string, collection: Invalidates, rows: readonly NotedInvalidation[]): Promise<boolean> {
  const ids = new Set(rows.flatMap((row) => row.ids));
  const tags = new Set(rows.flatMap((row) => row.tags));
  try {
    if (rows.some((row) => row.everything)) await collection.invalidateAll();
    else
      await Promise.all([
        ids.size > 0 && collection.invalidate([...ids]),
        tags.size > 0 && collection.invalidateTags([...tags]),
      ]);
    return true;
  } catch (error) {
    logger.warn("redis did not confirm an invalidation, which will be tried again", { collection: name, error });
    return false;
  }
}
