/**
 * The windows that a board counts in, and how a count and a time lie in one score of Redis.
 *
 * A score is `time - count * units`, and the lowest is the best: more comes first, and of as much what was reached earlier.
 * The time is that of the last change, in units since the window's begin, of which there are fewer than `units`; of a count
 * at most 2^53 / units - 1 both ways. So a score is a whole number between -2^53 + units and 2^53 - 1, each of which a double
 * holds exactly; and since `units` is a power of two, dividing by it loses nothing.
 */
import { checkWholeNumber } from "../whole-number";

/** Days and ISO weeks (from Monday) are those of UTC. */
export type BoardWindow = "day" | "week" | "all";

/** One day, one week, or all time. */
export interface WindowSpan {
  readonly window: BoardWindow;
  /** In its key. */
  readonly name: string;
  readonly fromMs: number;
  /** The first moment after it. */
  readonly untilMs: number;
  /** Times that are closer than this count as the same. */
  readonly unitMs: number;
  readonly units: number;
}

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
/** The Monday before 1970. */
const firstMondayMs = -3 * dayMs;

const unitsOf: Record<BoardWindow, number> = { day: 2 ** 27, week: 2 ** 30, all: 2 ** 32 };

/** In the year 2106. */
const endOfTimeMs = unitsOf.all * 1_000;

/** The greatest that a member may have. Also the least, below zero. */
export function mostOf(window: BoardWindow): number {
  return 2 ** 53 / unitsOf[window] - 1;
}

/** @throws RangeError for a time that isn't one in milliseconds, or after 2106 */
export function spanOf(window: BoardWindow, atMs: number): WindowSpan {
  checkWholeNumber("atMs", atMs, 0, endOfTimeMs - 1);
  const units = unitsOf[window];
  switch (window) {
    case "day":
      return { window, units, unitMs: 1, ...dated(window, atMs - (atMs % dayMs), dayMs) };
    case "week":
      return { window, units, unitMs: 1, ...dated(window, atMs - ((atMs - firstMondayMs) % weekMs), weekMs) };
    case "all":
      return { window, units, unitMs: 1_000, name: window, fromMs: 0, untilMs: endOfTimeMs };
  }
}

function dated(window: BoardWindow, fromMs: number, lengthMs: number) {
  const name = `${window}:${new Date(fromMs).toISOString().slice(0, 10)}`;
  return { name, fromMs, untilMs: fromMs + lengthMs };
}

export function packScore({ fromMs, unitMs, units }: WindowSpan, count: number, atMs: number): number {
  return Math.floor((atMs - fromMs) / unitMs) - count * units;
}

export function countOf(score: number, window: BoardWindow): number {
  return 0 - Math.floor(score / unitsOf[window]);
}
