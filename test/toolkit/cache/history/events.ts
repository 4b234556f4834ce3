import type { RedisAddress } from "../../../../local/servers/redis";
import type { RedisMode } from "../../../support/redis-clients";

export interface WorkerSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  readonly source: RedisAddress;
  readonly keys: number;
  readonly maxStalenessMs: number;
  /** A rule that the process breaks on purpose. */
  readonly broken?: "fence" | "log" | undefined;
}

/** What a process saw and did; values of a key only grow in the source. */
export type HistoryEvent =
  | { readonly type: "read"; readonly id: string; readonly value: number; readonly beganMs: number }
  | { readonly type: "change"; readonly id: string; readonly value: number; readonly confirmedMs: number };

export interface StaleRead {
  readonly id: string;
  readonly value: number;
  /** What had been confirmed more than `maxStalenessMs` before the read began. */
  readonly confirmed: number;
}

/** Invariant 1: reads that began more than `maxStalenessMs` after a change was confirmed, and saw what was before it. */
export function staleReads(history: readonly HistoryEvent[], maxStalenessMs: number): StaleRead[] {
  const timeline = history
    .map((event) => ({ event, atMs: event.type === "read" ? event.beganMs : event.confirmedMs + maxStalenessMs }))
    .sort((one, other) => one.atMs - other.atMs);
  const confirmed = new Map<string, number>();
  const stale: StaleRead[] = [];
  for (const { event } of timeline) {
    const known = confirmed.get(event.id) ?? 0;
    if (event.type === "change") confirmed.set(event.id, Math.max(known, event.value));
    else if (event.value < known) stale.push({ id: event.id, value: event.value, confirmed: known });
  }
  return stale;
}
