/** What must hold of every history. */
import type { HistoryEvent } from "./events";
import { visibilityMs } from "./worker-settings";

/** Jobs that were added for certain, but that nobody did, and that aren't dead. */
export function lostJobs(
  history: readonly HistoryEvent[],
  added: readonly number[],
  dead: readonly number[],
): number[] {
  const ended = new Set(dead);
  for (const event of history) if (event.type === "done") ended.add(event.job);
  return added.filter((job) => !ended.has(job));
}

/** Jobs that were added twice: under two ids. */
export function doubledJobs(history: readonly HistoryEvent[]): number[] {
  const idOf = new Map<number, string>();
  const doubled = new Set<number>();
  for (const event of history)
    if (event.type === "claimed") {
      if (idOf.has(event.job) && idOf.get(event.job) !== event.id) doubled.add(event.job);
      idOf.set(event.job, event.id);
    }
  return [...doubled];
}

/**
 * Jobs of which an acknowledgement was accepted though somebody had claimed them since: after one that is accepted nobody
 * claims the job any more, so it is of the last attempt, and the only one.
 */
export function acceptedStale(history: readonly HistoryEvent[]): number[] {
  const lastAttempt = new Map<number, number>();
  for (const event of history)
    if (event.type === "claimed") lastAttempt.set(event.job, Math.max(event.attempt, lastAttempt.get(event.job) ?? 0));
  const acknowledged = new Set<number>();
  const stale = new Set<number>();
  for (const event of history)
    if (event.type === "acknowledged" && event.accepted) {
      if (acknowledged.has(event.job) || event.attempt < (lastAttempt.get(event.job) ?? 0)) stale.add(event.job);
      acknowledged.add(event.job);
    }
  return [...stale];
}

/** Jobs of which an acknowledgement was refused though their claim can't have lapsed. */
export function refusedValid(history: readonly HistoryEvent[]): number[] {
  return history.flatMap((event) =>
    event.type === "acknowledged" && !event.accepted && event.heldMs < visibilityMs ? [event.job] : [],
  );
}

export function countsOf(history: readonly HistoryEvent[]) {
  const claimed = history.filter(({ type }) => type === "claimed");
  const acknowledged = history.filter((event) => event.type === "acknowledged");
  return {
    claims: claimed.length,
    redelivered: claimed.length - new Set(claimed.map(({ job }) => job)).size,
    doneMoreThanOnce: repeats(history.filter(({ type }) => type === "done").map(({ job }) => job)),
    acknowledged: acknowledged.filter(({ accepted }) => accepted).length,
    refusedAsStale: acknowledged.filter(({ accepted }) => !accepted).length,
  };
}

function repeats(jobs: readonly number[]): number {
  return jobs.length - new Set(jobs).size;
}
