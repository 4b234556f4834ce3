/** What a drill has shown, as Markdown. */
import {
  catalogueReads,
  type DrilledRoute,
  drilledRoutes,
  hasFailed,
  isWrite,
  percentile,
  type Sample,
} from "./record";
import type { Drilled } from "./one-drill";

/** A row for each drill. */
export function summaryOf(drills: readonly Drilled[]): string {
  const head = [
    "Redis",
    "primary",
    "promoted after",
    "catalogue reads failed",
    "other requests failed",
    "writes back after promotion",
    "orders told paid",
    "lost",
    "charged twice, or for nothing",
    "left pending",
    "leases",
    "had by two",
    "sessions given",
    "lost",
  ];
  return table(head, drills.map(summaryRow));
}

function summaryRow(drilled: Drilled): string[] {
  const { mode, fault, samples, lostMs, promotedMs, books, locks, sessions } = drilled;
  const reads = samples.filter(({ route }) => isCatalogueRead(route));
  const others = samples.filter(({ route }) => !isCatalogueRead(route));
  return [
    mode,
    fault,
    seconds(promotedMs - lostMs),
    `${reads.filter(hasFailed).length} of ${reads.length}`,
    `${others.filter(hasFailed).length} of ${others.length}`,
    writesBack(drilled),
    String(books.told),
    String(books.lost),
    `${books.chargedTwice}, ${books.chargedForNothing}`,
    String(books.pending),
    String(locks.acquired),
    String(locks.violations.length),
    String(sessions.given),
    lostSessions(sessions.lostGivenMs, lostMs),
  ];
}

/** The last write that failed after the promotion, counted from when it was sent. */
function writesBack({ samples, promotedMs }: Drilled): string {
  const failed = samples.filter((sample) => isWrite(sample.route) && hasFailed(sample) && sample.atMs > promotedMs);
  if (failed.length === 0) return "at once";
  return seconds(Math.max(...failed.map(({ atMs }) => atMs)) - promotedMs);
}

function lostSessions(givenMs: readonly number[], lostMs: number): string {
  const before = givenMs.map((ms) => `${seconds(lostMs - ms)} before`);
  return before.length === 0 ? "0" : `${before.length} (${before.join(", ")})`;
}

/** Latencies before, during and after, by route: from the loss to the promotion is during. */
export function latenciesOf({ samples, beganMs, lostMs, promotedMs, endedMs }: Drilled): string {
  const spans = [
    [beganMs, lostMs],
    [lostMs, promotedMs],
    [promotedMs, endedMs],
  ] as const;
  const rows = drilledRoutes.map((route) => [
    `\`${route}\``,
    ...spans.flatMap(([fromMs, toMs]) => {
      const sent = samples.filter((sample) => sample.route === route && sample.atMs >= fromMs && sample.atMs < toMs);
      const times = sent.map(({ ms }) => ms);
      return [String(sent.length), ...[0.5, 0.99].map((share) => percentile(times, share).toFixed(0))];
    }),
  ]);
  const head = ["before", "during", "after"].flatMap((span) => [span, "p50 ms", "p99 ms"]);
  return table(["route", ...head], rows);
}

/** Requests that failed, by route and by the second in which they were sent, counted from the loss. */
export function errorsOf({ samples, lostMs }: Drilled): string {
  const secondOf = ({ atMs }: Sample) => Math.floor((atMs - lostMs) / 1_000);
  const failedSeconds = [...new Set(samples.filter(hasFailed).map(secondOf))].sort((one, other) => one - other);
  const rows = failedSeconds.map((second) => [
    String(second),
    ...drilledRoutes.map((route) => {
      const sent = samples.filter((sample) => sample.route === route && secondOf(sample) === second);
      const failed = sent.filter(hasFailed).length;
      return failed === 0 ? "" : `${failed} of ${sent.length}`;
    }),
  ]);
  return rows.length === 0
    ? "No request failed."
    : table(["second", ...drilledRoutes.map((route) => `\`${route}\``)], rows);
}

/** What should not be: faults of the books, and answers that are neither good nor the outage's. */
export function oddities({ samples, orders, locks, books }: Drilled): string[] {
  const statuses = new Map<string, number>();
  for (const { route, status } of samples)
    if (status >= 400 && status < 500)
      statuses.set(`${route} ${status}`, (statuses.get(`${route} ${status}`) ?? 0) + 1);
  return [
    ...[...statuses].map(([what, count]) => `${what}: ${count} times`),
    ...orders.filter(({ paid }) => paid === undefined).map(({ cartId, status }) => `cart ${cartId} ended in ${status}`),
    ...locks.violations,
    ...(books.wrongStock === 0 ? [] : [`${books.wrongStock} films have a wrong stock`]),
  ];
}

function isCatalogueRead(route: DrilledRoute): boolean {
  return catalogueReads.some((read) => read === route);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
