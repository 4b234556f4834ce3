/** What was allowed in a run, and how much of it the policies don't. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { policies } from "./worker-settings";

export interface AllowedUse {
  readonly limiter: string;
  readonly subject: string;
  readonly cost: number;
  /** In Redis' µs: of gcra until when all is used, of fixed when the window began. */
  readonly mark: number;
}

export function allowedUses(folder: string): AllowedUse[] {
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .slice(0, -1) // the last line may be cut short
      .map((line) => JSON.parse(line) as AllowedUse),
  );
}

/** How much was used too much. Each use is judged by its mark: no clock but Redis' counts. */
export function excessOf(uses: readonly AllowedUse[]): number {
  let excess = 0;
  // One whose first answer was lost has no mark of its own: its charge is one that nobody else was told of.
  const marked = uses.filter(({ mark }) => mark > 0);
  for (const [key, group] of Map.groupBy(marked, ({ limiter, subject }) => `${limiter} ${subject}`)) {
    const { algorithm, limit, windowMs } = policies.find(({ name }) => name === key.split(" ")[0])!;
    excess += algorithm === "gcra" ? overlapOf(group, (windowMs * 1_000) / limit) : overflowOf(group, limit);
  }
  return excess;
}

/** Each use takes up the time before its mark: no two may take up the same. */
function overlapOf(uses: readonly AllowedUse[], eachUs: number): number {
  let overlapUs = 0;
  let endUs = 0;
  for (const { cost, mark } of uses.toSorted((one, other) => one.mark - other.mark)) {
    overlapUs += Math.max(0, Math.min(endUs - (mark - cost * eachUs), cost * eachUs));
    endUs = Math.max(endUs, mark);
  }
  return overlapUs / eachUs;
}

/** A window gives out its limit. */
function overflowOf(uses: readonly AllowedUse[], limit: number): number {
  const windows = Map.groupBy(uses, ({ mark }) => mark);
  const used = [...windows.values()].map((window) => window.reduce((sum, { cost }) => sum + cost, 0));
  return used.reduce((sum, cost) => sum + Math.max(0, cost - limit), 0);
}
