/** What a board has to answer, written down from its definition: from all that was added, each id once. */
import type { BoardChange, BoardEntry, BoardWindow } from "@larder/toolkit";

export interface Added {
  readonly id: string;
  readonly atMs: number;
  readonly changes: readonly BoardChange[];
}

/** The calendar's, not the toolkit's: `2026-12-31`, `2026-W53`. */
function calendarName(window: BoardWindow, atMs: number): string {
  const date = new Date(atMs);
  if (window === "day") return date.toISOString().slice(0, 10);
  if (window === "all") return window;
  // ISO 8601: a week belongs to the year of its Thursday.
  const thursday = new Date(atMs);
  thursday.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const dayOfYear = (thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000;
  return `${thursday.getUTCFullYear()}-W${Math.floor(dayOfYear / 7) + 1}`;
}

/** Everybody in the window of a time, the best first. */
export function ranking(log: readonly Added[], window: BoardWindow, atMs: number): BoardEntry[] {
  const members = new Map<string, { score: number; lastMs: number }>();
  const seen = new Set<string>();
  for (const added of log) {
    if (seen.has(added.id)) continue;
    seen.add(added.id);
    if (calendarName(window, added.atMs) !== calendarName(window, atMs)) continue;
    const time = window === "all" ? Math.floor(added.atMs / 1_000) : added.atMs;
    for (const { member, by } of added.changes) {
      const { score, lastMs } = members.get(member) ?? { score: 0, lastMs: 0 };
      members.set(member, { score: score + by, lastMs: Math.max(lastMs, time) });
    }
  }
  return [...members]
    .sort(
      ([one, a], [other, b]) =>
        b.score - a.score || a.lastMs - b.lastMs || Buffer.compare(Buffer.from(one), Buffer.from(other)),
    )
    .map(([member, { score }], at) => ({ member, score, rank: at + 1 }));
}
