/** What a board's scripts answer. */
import { type BoardWindow, countOf } from "./board-window";

export interface BoardEntry {
  readonly member: string;
  readonly score: number;
  /** 1 is the best. No two have the same. */
  readonly rank: number;
}

export interface Standing {
  /** 0 for a member that nothing was ever added for. */
  readonly score: number;
  /** 1 is the best; `undefined` for a member that nothing was ever added for. */
  readonly rank: number | undefined;
  /** Those next to it on both sides, the best first. */
  readonly neighbours: readonly BoardEntry[];
}

export type BoardReply =
  { readonly is: "done"; readonly parts: readonly unknown[] } | { readonly is: "moved"; readonly atMs: number };

/**
 * @throws RangeError for a member that would have more than fits, or that a rebuild's source has twice
 * @throws TypeError for a score that isn't ours
 */
export function replyOf(reply: unknown, board: string): BoardReply {
  const [is, ...parts] = listOf(reply);
  const [first, member, count] = parts.map(String);
  switch (String(is)) {
    case "done":
      return { is: "done", parts };
    case "moved":
      return { is: "moved", atMs: Number(first) };
    case "full":
      throw new RangeError(
        `${member} would have ${count} in window ${first} of board ${board}, more than fits; nothing was added: count in larger units`,
      );
    case "twice":
      throw memberTwice(first ?? "");
    default:
      throw strange(`${first} holds a score of ${member}`);
  }
}

/** From members and scores in turn, the first of which has the place `best`, from 0. */
export function entriesOf(list: unknown, best: number, window: BoardWindow): readonly BoardEntry[] {
  const texts = listOf(list).map(String);
  return texts.flatMap((member, at) => {
    if (at % 2 === 1) return [];
    const score = Number(texts[at + 1]);
    if (!Number.isSafeInteger(score)) throw strange(`window ${window} holds a score of ${member}`);
    return [{ member, score: countOf(score, window), rank: best + at / 2 + 1 }];
  });
}

export function standingOf(list: unknown, window: BoardWindow): Standing {
  const [best, place, around] = listOf(list);
  if (typeof best !== "number" || typeof place !== "number") return { score: 0, rank: undefined, neighbours: [] };
  const entries = entriesOf(around, best, window);
  const own = place - best;
  const neighbours = entries.filter((_, at) => at !== own);
  return { score: entries[own]?.score ?? 0, rank: place + 1, neighbours };
}

export function memberTwice(member: string): RangeError {
  return new RangeError(`the totals have ${member} twice: give one of each member, the sum of what it has`);
}

/** For what only somebody else can have written there. */
export function strange(what: string, options?: ErrorOptions): TypeError {
  return new TypeError(`${what} that no leaderboard writes: delete the key, and rebuild the window`, options);
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}
