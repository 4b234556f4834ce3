import { checkOptionalFunction } from "../given-function";
import type { RedisClient } from "../redis/connect";
import { checkName } from "../redis/keys";
import type { UnavailableReason } from "../redis/unavailable";
import { shown } from "../shown";
import { checkWholeNumber, longestTimerMs } from "../whole-number";
import type { BoardWindow } from "./board-window";

export interface LeaderboardOptions {
  /** From `connectRedis`, to the Redis that holds state: where it evicts, a board may lose a window. */
  readonly redis: RedisClient;
  /** What is counted; processes that use the same name share the board, and must give it the same windows. */
  readonly name: string;
  /** Each add counts in all of them. Days and ISO weeks (from Monday) are those of UTC. */
  readonly windows: readonly BoardWindow[];
  /** How long Redis may take to answer, the wait for a connection included, and another attempt if it was lost under way. @default 500 */
  readonly deadlineMs?: number;
  /** For so long an id is known, and adds nothing a second time. @default 691_200_000 - 8 days */
  readonly idempotencyMs?: number;
  /**
   * How long a window stays after its last add; one that comes when the window has ended keeps it for so long after that end.
   * No shorter than the window. @default - a day 8 days, a week 35 days, all time 400 days
   */
  readonly keepMs?: Partial<Record<BoardWindow, number>>;
  /** Told of what brought no answer. What it throws, or rejects with, is dropped. @default - nobody is told */
  readonly onEvent?: (event: LeaderboardEvent) => void;
  /** Redis' time, where a test gives it. @default - Redis' own */
  readonly redisTimeMs?: () => number;
}

export interface LeaderboardEvent {
  readonly type: "unavailable";
  readonly board: string;
  readonly operation: string;
  readonly reason: UnavailableReason | "failed";
}

const dayMs = 86_400_000;
const usualKeepMs: Record<BoardWindow, number> = { day: 8 * dayMs, week: 35 * dayMs, all: 400 * dayMs };
const shortestKeepMs: Record<BoardWindow, number> = { day: dayMs, week: 7 * dayMs, all: 1 };

/** With the defaults filled in. Throws a RangeError that shows the value. */
export function checkOptions({
  name,
  windows,
  deadlineMs = 500,
  idempotencyMs = 8 * dayMs,
  ...options
}: LeaderboardOptions) {
  checkName(name, "a board's name");
  checkOptionalFunction(`onEvent of board ${name}`, options.onEvent);
  checkWholeNumber(`deadlineMs of board ${name}`, deadlineMs, 1, longestTimerMs);
  checkWholeNumber(`idempotencyMs of board ${name}`, idempotencyMs, 1);
  if (windows.length === 0 || new Set(windows).size < windows.length)
    throw new RangeError(`the windows of board ${name} are ${windows.join(", ") || "none"}: give each once`);
  for (const window of windows)
    if (!Object.hasOwn(usualKeepMs, window))
      throw new RangeError(`a window of board ${name} is ${shown(window)}: give "day", "week" or "all"`);
  const { day = usualKeepMs.day, week = usualKeepMs.week, all = usualKeepMs.all } = options.keepMs ?? {};
  const keepMs = { day, week, all };
  for (const window of windows)
    checkWholeNumber(`keepMs.${window} of board ${name}`, keepMs[window], shortestKeepMs[window]);
  return { deadlineMs, idempotencyMs, keepMs };
}
