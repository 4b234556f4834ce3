/** Estimates as text: one stage in detail, and all of them in a table for Markdown. */
import { type CostLine, groups } from "./cost-line";
import type { Estimate } from "./estimate";
import { isFromMemory, type PriceFile } from "./prices";

/** Every line of a stage, with what it was multiplied with. */
export function details({ stage, requests, lines, unpriced }: Estimate): string {
  const rows = groups.flatMap((group) => {
    const ofGroup = lines.filter((line) => line.group === group);
    if (ofGroup.length === 0) return [];
    return [[group, "", dollars(sumOf(ofGroup))], ...ofGroup.map(rowOf)];
  });
  const total = ["together", "", dollars(sumOf(lines))];
  return [
    `${stage}, ${requests.toLocaleString("en")} requests a month`,
    "",
    ...aligned([...rows, total]),
    ...unpriced.map((what) => `not in it: ${what}`),
  ].join("\n");
}

function rowOf({ what, quantity, price, usd }: CostLine): string[] {
  const memory = isFromMemory(price) ? " *" : "";
  return [`  ${what}`, `${numberText(quantity)} × $${decimal(price.usd)} per ${price.per}${memory}`, dollars(usd)];
}

/** A column for each stage, a row for each group. */
export function summary(estimates: readonly Estimate[]): string {
  const row = ([what = "", ...sums]: readonly string[]) => `|${what && ` ${what}`} | ${sums.join(" | ")} |`;
  const sums = (group?: string) =>
    estimates.map(({ lines }) =>
      aboutDollars(sumOf(lines.filter((line) => group === undefined || line.group === group))),
    );
  return [
    row(["", ...estimates.map(({ stage, requests }) => `\`${stage}\`, ${millions(requests)} requests`)]),
    `|${"---|".repeat(1 + estimates.length)}`,
    ...groups.map((group) => row([group, ...sums(group)])),
    row(["**together**", ...sums().map((sum) => `**${sum}**`)]),
  ].join("\n");
}

/** Where the prices are from, and what no template says. */
export function provenance({ date, region, note }: PriceFile, estimates: readonly Estimate[]): string {
  const used = new Set(estimates.flatMap(({ lines }) => lines.map(({ price }) => price)));
  const fromMemory = [...used].filter(isFromMemory).length;
  return [
    `Prices of ${region}, ${date}: ${used.size} used, ${fromMemory} of them from memory (*). ${note}`,
    "Not in it: taxes, support, CPU credits beyond what burstable nodes and databases earn, calls of the key.",
  ].join("\n");
}

export function sumOf(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0));
  const [first, second, third] = [width(0), width(1), width(2)];
  return rows.map(
    ([what = "", times = "", usd = ""]) => `${what.padEnd(first)}  ${times.padEnd(second)}  ${usd.padStart(third)}`,
  );
}

function dollars(usd: number): string {
  return usd >= 20 ? `$${usd.toFixed(0)}` : `$${usd.toFixed(2)}`;
}

function aboutDollars(usd: number): string {
  return usd >= 1 ? `$${usd.toFixed(0)}` : dollars(usd);
}

function numberText(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });
}

function decimal(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 10 });
}

function millions(count: number): string {
  return `${(count / 1e6).toLocaleString("en")} M`;
}
