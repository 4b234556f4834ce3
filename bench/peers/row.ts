/** A line of the table: one figure of all libraries, and whether Larder's meets its aim. */
import { type Spread, spreadOf } from "../rounds";
import type { Rounds } from "./in-turn";
import { larder } from "./libraries/all";

export interface Row {
  readonly measure: string;
  readonly unit: string;
  /** Over the rounds, by the library's name. */
  readonly figures: Readonly<Record<string, Spread>>;
  readonly aim: string;
  readonly met: boolean;
  /** How Larder's figure compares with another's of the same round. */
  readonly ratio?: { readonly to: string; readonly spread: Spread };
}

/** What is to be made of a round. */
interface RowOptions {
  readonly measure: string;
  readonly unit: string;
  readonly rounds: Rounds;
  /** The figure's name. */
  readonly figure: string;
  /** Of one round's values. @default - the first */
  readonly of?: (values: readonly number[]) => number;
}

/** The aim is a bound of Larder's own figure. */
export function boundRow(options: RowOptions & { readonly atMost: number }): Row {
  const figures = spreads(options);
  const { measure, unit, atMost } = options;
  return { measure, unit, figures, aim: `≤ ${atMost}`, met: (figures[larder]?.median ?? Infinity) <= atMost };
}

/** The aim is a bound of Larder's figure divided by that of the reference. */
export function ratioRow(
  options: RowOptions & { readonly to: string } & ({ readonly atLeast: number } | { readonly atMost: number }),
): Row {
  const { measure, unit, to } = options;
  const values = perRound(options);
  const references = values.get(to) ?? [];
  const spread = spreadOf((values.get(larder) ?? []).map((value, round) => value / (references[round] ?? Number.NaN)));
  const [aim, met] =
    "atLeast" in options
      ? [`≥ ${options.atLeast}×`, spread.median >= options.atLeast]
      : [`≤ ${options.atMost}×`, spread.median <= options.atMost];
  return { measure, unit, figures: spreads(options), aim, met, ratio: { to, spread } };
}

function spreads(options: RowOptions): Record<string, Spread> {
  return Object.fromEntries([...perRound(options)].map(([library, values]) => [library, spreadOf(values)]));
}

function perRound({ rounds, figure, of = ([first = Number.NaN]) => first }: RowOptions): Map<string, number[]> {
  return new Map([...rounds].map(([library, figures]) => [library, figures.map((round) => of(round[figure] ?? []))]));
}

/** The value that all but one in a hundred are below. */
export function p99(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
