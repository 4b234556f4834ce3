/** With what a history is made, and what is demanded of it. */
import { eventsOf, type HistoryEvent } from "./events";
import { failures, leasedLoads, outlivedValues, overlappingLoads, staleReads } from "./invariants";
import { loadDeadlineMs } from "./worker-settings";

/** How long each run lasts. */
export const seconds = Number(process.env["LARDER_HISTORY_SECONDS"] ?? 5);
export const maxStalenessMs = 100;
export const steady = { ttlMs: 300, staleMs: 200 };
const lifetime = { lifetimeMs: steady.ttlMs + steady.staleMs, storingMs: 500 };

type History = readonly HistoryEvent[];

/** Each invariant with what violates it. */
export const violations = {
  "no stale value": (history: History) => staleReads(history, maxStalenessMs),
  "one load for each lease": (history: History) => overlappingLoads(history, loadDeadlineMs),
  "no value past its expiry": (history: History) => outlivedValues(history, lifetime),
  "no failure": failures,
};

export type Invariant = keyof typeof violations;

export function expectInvariants(history: History): void {
  const found = Object.entries(violations).map(([invariant, violating]) => [invariant, violating(history)]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(found.map(([invariant]) => [invariant, []])));
}

/** How much happened, for that to mean something. */
export function counts(history: History): Record<string, number> {
  const tally: Record<string, number> = { "loads under a lease": [...leasedLoads(history).values()].flat().length };
  const count = (name: string) => (tally[name] = (tally[name] ?? 0) + 1);
  for (const { type } of history) count(`${type} events`);
  for (const { outcome } of eventsOf(history, "refresh")) count(outcome);
  for (const { tiers } of eventsOf(history, "read")) for (const tier of new Set(tiers)) count(tier);
  if (process.env["LARDER_HISTORY_SECONDS"] !== undefined) console.log(JSON.stringify(tally));
  return tally;
}
