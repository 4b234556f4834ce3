/** The rows as one table, in Markdown. */
import type { Spread } from "../rounds";
import { boundMs } from "./measures/redis-gone";
import type { Row } from "./row";
import { larder } from "./libraries/all";

export function tableOf(rows: readonly Row[], libraries: readonly string[]): string {
  const peers = libraries.filter((name) => name !== larder);
  const header = ["measure", larder, "compared", "aim", "", ...peers];
  const lines = rows.map((row) => [
    `${row.measure}, ${row.unit}`,
    withSpread(row.figures[larder], (value) => text(value, row.unit)),
    row.ratio ? `${withSpread(row.ratio.spread, (value) => `${value.toFixed(2)}×`)} ${row.ratio.to}` : "",
    row.aim,
    row.met ? "met" : "missed",
    ...peers.map((name) => {
      const figure = row.figures[name];
      return figure === undefined ? "–" : text(figure.median, row.unit);
    }),
  ]);
  return layOut([header, ...lines]);
}

function withSpread(spread: Spread | undefined, print: (value: number) => string): string {
  if (spread === undefined) return "–";
  const [median, min, max] = [spread.median, spread.min, spread.max].map(print);
  return `${median} (${min} … ${max})`;
}

function text(value: number, unit: string): string {
  if (unit.startsWith("ms") && value >= boundMs) return `> ${(boundMs / 1_000).toFixed(0)} s`;
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

function layOut([header = [], ...lines]: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(3, ...[header, ...lines].map((line) => line[column]?.length ?? 0)));
  const print = (line: readonly string[]) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [print(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...lines.map(print)].join("\n");
}
