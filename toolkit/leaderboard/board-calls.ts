import type { RedisClient } from "../redis/connect";
import { type Guard, guardOf } from "../redis/guard";
import { type BoardSlot, boardSlot } from "../redis/keys";
import { RedisUnavailableError } from "../redis/unavailable";
import { untilAnswered } from "../redis/until-answered";
import { tell } from "../tell";
import { replyOf, strange } from "./board-reply";
import type { BoardKeys, BoardMoment } from "./board-script";
import { type BoardWindow, spanOf } from "./board-window";
import { checkOptions, type LeaderboardOptions } from "./leaderboard-options";

export interface BoardCall {
  readonly operation: string;
  readonly windows: readonly BoardWindow[];
  /** `undefined`: now, by Redis' clock. */
  readonly atMs: number | undefined;
}

/** Runs a script; sent again it does nothing. */
type Send = (client: RedisClient, keys: BoardKeys, moment: BoardMoment) => Promise<unknown>;

/** The way of a board's scripts to Redis. */
export class BoardCalls {
  readonly name: string;
  readonly slot: BoardSlot;
  readonly idempotencyMs: number;
  readonly #guard: Guard;
  readonly #deadlineMs: number;
  readonly #keepMs: Record<BoardWindow, number>;
  readonly #onEvent: LeaderboardOptions["onEvent"];
  readonly #nowMs: () => number | "";

  constructor(options: LeaderboardOptions) {
    const { deadlineMs, idempotencyMs, keepMs } = checkOptions(options);
    this.name = options.name;
    this.slot = boardSlot(options.name);
    this.idempotencyMs = idempotencyMs;
    this.#guard = guardOf(options.redis);
    this.#deadlineMs = deadlineMs;
    this.#keepMs = keepMs;
    this.#onEvent = options.onEvent;
    this.#nowMs = options.redisTimeMs ?? (() => "");
  }

  /**
   * Resolves with what the script returned after `done`.
   *
   * @throws RedisUnavailableError, RangeError, TypeError
   */
  async ask(call: BoardCall, send: Send): Promise<readonly unknown[]> {
    const nowMs = this.#nowMs();
    try {
      return await untilAnswered(this.#deadlineMs, (leftMs) => this.#attempt(call, nowMs, send, leftMs));
    } catch (error) {
      if (error instanceof RangeError || error instanceof TypeError) throw error; // Redis did answer
      const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
      tell(this.#onEvent, { type: "unavailable", board: this.name, operation: call.operation, reason });
      throw error;
    }
  }

  /** Without a time this process' clock guesses the windows; Redis says if it is wrong. */
  async #attempt(
    { operation, windows, atMs }: BoardCall,
    nowMs: number | "",
    send: Send,
    leftMs: number,
  ): Promise<readonly unknown[]> {
    const endsMs = performance.now() + leftMs;
    let asked = atMs;
    for (let guessMs = atMs ?? Date.now(); ; guessMs = asked) {
      const kept = windows.map((window) => ({ ...spanOf(window, guessMs), keepMs: this.#keepMs[window] }));
      const keys = { slot: this.slot, windows: kept };
      const moment = { nowMs, atMs: asked ?? ("" as const) };
      const untilEndMs = Math.max(1, endsMs - performance.now());
      const reply = await this.#guard
        .run(operation, untilEndMs, (client) => send(client, keys, moment), this.slot.rebuild)
        .catch((error: unknown) => {
          if (!(error instanceof Error && error.message.startsWith("WRONGTYPE"))) throw error;
          const names = kept.map(({ name }) => this.slot.window(name));
          throw strange(`${names.join(" or ")} holds something`, { cause: error });
        });
      const read = replyOf(reply, this.name);
      if (read.is === "done") return read.parts;
      asked = read.atMs;
    }
  }
}
