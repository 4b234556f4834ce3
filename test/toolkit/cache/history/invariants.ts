/** The four invariants of the cache, each checked on a recorded history: what they return are the violations. */
import { eventsOf, type FaultEvent, type HistoryEvent, type LoadEvent, type ReadEvent } from "./events";

export interface StaleRead {
  readonly read: ReadEvent;
  /** What had been confirmed more than `maxStalenessMs` before the read began. */
  readonly confirmed: number;
}

/**
 * 1: reads that began more than `maxStalenessMs` after a change was confirmed, and saw what was before it. Whoever asked a
 * deposed primary while it still answered isn't blamed.
 */
export function staleReads(history: readonly HistoryEvent[], maxStalenessMs: number): StaleRead[] {
  const deposed = eventsOf(history, "deposed");
  const reads = eventsOf(history, "read").filter(({ collection }) => collection === "numbers");
  const timeline = [
    ...reads.map((read) => ({ event: read, atMs: read.beganMs })),
    ...eventsOf(history, "change").map((change) => ({ event: change, atMs: change.confirmedMs + maxStalenessMs })),
  ].sort((one, other) => one.atMs - other.atMs);
  const confirmed = new Map<string, number>();
  const stale: StaleRead[] = [];
  for (const { event } of timeline) {
    const known = confirmed.get(event.id) ?? 0;
    if (event.type === "change") confirmed.set(event.id, Math.max(known, event.value));
    else if (event.value < known && !deposed.some((window) => covers(window, event.beganMs, maxStalenessMs)))
      stale.push({ read: event, confirmed: known });
  }
  return stale;
}

function covers({ fromMs, toMs }: FaultEvent, atMs: number, longerMs: number): boolean {
  return fromMs <= atMs && atMs <= toMs + longerMs;
}

/**
 * 2: pairs of loads of one `steady` value that ran at the same time, each under a lease. Nobody changes these values, so only a
 * loss in Redis ends a lease before `leaseMs` have passed since the call that took it. A load past Redis has no lease.
 */
export function overlappingLoads(history: readonly HistoryEvent[], leaseMs: number): [LoadEvent, LoadEvent][] {
  const losses = eventsOf(history, "loss");
  const overlaps: [LoadEvent, LoadEvent][] = [];
  for (const loads of leasedLoads(history).values())
    for (const [at, first] of loads.entries())
      for (const second of loads.slice(at + 1)) {
        if (second.load.beganMs >= first.load.endedMs) break;
        const calledMs = Math.min(first.calledMs, second.calledMs);
        const lost = losses.some(({ fromMs, toMs }) => fromMs < second.load.beganMs && toMs > calledMs);
        if (!lost && second.load.beganMs < calledMs + leaseMs) overlaps.push([first.load, second.load]);
      }
  return overlaps;
}

interface LeasedLoad {
  readonly load: LoadEvent;
  /** Not later than the lease was taken. */
  readonly calledMs: number;
}

/** By id, in the order in which they began. Of a killed process' last load nothing is known. */
export function leasedLoads(history: readonly HistoryEvent[]): Map<string, LeasedLoad[]> {
  const calls = new Map(eventsOf(history, "read", "refresh").map((call) => [call.call, call]));
  const leased = eventsOf(history, "load")
    .sort((one, other) => one.beganMs - other.beganMs)
    .flatMap((load) => {
      const call = calls.get(load.call);
      return call === undefined || (call.type === "read" && !isUnderLease(call))
        ? []
        : [{ load, calledMs: call.beganMs }];
    });
  return Map.groupBy(leased, ({ load }) => load.id);
}

function isUnderLease({ tiers }: ReadEvent): boolean {
  return tiers.length > 0 && !tiers.includes("bypass");
}

export interface Lifetime {
  /** From when a value is stored to its hard expiry. */
  readonly lifetimeMs: number;
  /** How long it may take to store a loaded value where nothing stands still. */
  readonly storingMs: number;
}

/**
 * 3: reads of a `steady` value that began after its hard expiry. When it was stored isn't known; but if the read was in time,
 * storing took so long that something must have stood still meanwhile.
 */
export function outlivedValues(history: readonly HistoryEvent[], { lifetimeMs, storingMs }: Lifetime): ReadEvent[] {
  const pauses = eventsOf(history, "pause");
  return eventsOf(history, "read").filter(({ collection, value: loadedMs, beganMs }) => {
    const storedMs = beganMs - lifetimeMs; // or later
    if (collection !== "steady" || storedMs - loadedMs <= storingMs) return false;
    const stoodStillMs = pauses
      .map(({ fromMs, toMs }) => Math.max(0, Math.min(toMs, storedMs) - Math.max(fromMs, loadedMs)))
      .reduce((sum, ms) => sum + ms, 0);
    return storedMs - loadedMs - stoodStillMs > storingMs;
  });
}

/** 4: reads that failed, though all loads succeed; and processes that did. */
export function failures(history: readonly HistoryEvent[]): HistoryEvent[] {
  return eventsOf(history, "failed read", "crash");
}
