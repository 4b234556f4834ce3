/** Which films sell best: the day, the week and of all time. Orders count by when they were paid, each once. */
import type { Database } from "#platform/database";
import {
  type BoardEntry,
  type BoardWindow,
  Leaderboard,
  type LeaderboardEvent,
  type RedisClient,
  type Standing,
} from "@larder/toolkit";
import { recentSales, saleOf, soldFilms } from "./sales";

const dayMs = 86_400_000;
const windows: readonly BoardWindow[] = ["day", "week", "all"];

/** For so long the board knows an order, from when it was counted or a rebuild found it. */
const knownMs = 8 * dayMs;
/** So long after its payment an order is counted: while it is known if it was, whatever is between the clocks of PostgreSQL and Redis. */
const countedMs = 7 * dayMs;

/** `known`: counted before. `too-late`: nobody can tell any more whether it was; a rebuild counts it. */
type CountOutcome = "counted" | "known" | "not-paid" | "too-late";

/** It lies in the Redis of state, which doesn't evict. */
export function openBestSellerBoard(redis: RedisClient, onEvent?: (event: LeaderboardEvent) => void): Leaderboard {
  return new Leaderboard({ redis, name: "best-sellers", windows, idempotencyMs: knownMs, onEvent });
}

/** Each method throws a RedisUnavailableError when Redis gave no answer; asked again it does the same. */
export class BestSellers {
  readonly #board: Leaderboard;
  readonly #database: Database;

  constructor(board: Leaderboard, database: Database) {
    this.#board = board;
    this.#database = database;
  }

  /**
   * Counts the films of an order once it is paid; once, however often it is asked.
   *
   * @throws DatabaseUnavailableError
   */
  async countSales(orderId: string): Promise<CountOutcome> {
    const sale = await saleOf(this.#database, orderId, countedMs);
    if (sale === undefined) return "not-paid";
    if (!sale.isRecent) return "too-late";
    const { added } = await this.#board.add(sale.films, { id: orderId, atMs: sale.paidAtMs });
    return added ? "counted" : "known";
  }

  /** The best, up to 1,000. */
  top(window: BoardWindow, count: number): Promise<readonly BoardEntry[]> {
    return this.#board.top(count, { window });
  }

  /** Where a film stands, with up to 100 neighbours on each side. */
  around(window: BoardWindow, movieId: string, neighbours: number): Promise<Standing> {
    return this.#board.standing(movieId, { window, neighbours });
  }

  /**
   * Puts today, this week and all time together anew from the orders, after Redis lost the board, or some of what was counted. Orders
   * may be paid and counted meanwhile; readers see the old board, window by window, until the new one is there.
   *
   * @returns `rebuilt: false` when another rebuild took over, or a failover of Redis lost a part: if so, ask again
   * @throws DatabaseUnavailableError, RangeError for a film that was sold more often than fits; call it again, windows that were done stay
   */
  async rebuild(): Promise<{ readonly rebuilt: boolean }> {
    for (const window of windows) {
      const { rebuilt } = await this.#board.rebuild({ window }, (span) =>
        this.#database.snapshot(async (orders) => ({
          totals: await soldFilms(orders, span),
          ids: await recentSales(orders, span, knownMs),
        })),
      );
      // Going on would take the next window over from whoever has taken this one.
      if (!rebuilt) return { rebuilt };
    }
    return { rebuilt: true };
  }
}
