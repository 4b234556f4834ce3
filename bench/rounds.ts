/**
 * Measures several things in one run, in turn: a slow moment of the machine then falls on all of them.
 *
 * Compare the ratios; the absolute figures belong to the machine.
 */
export interface Subject {
  readonly name: string;
  /** Does it once. */
  readonly run: () => Promise<void>;
  /** Done after each time, and not counted. */
  readonly between?: () => Promise<void>;
}

export interface Measured {
  readonly name: string;
  readonly perSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
}

/** Over the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export async function measureInTurn(
  subjects: readonly Subject[],
  rounds: number,
  runsPerRound: number,
): Promise<Measured[]> {
  const samples = subjects.map((subject) => ({ subject, perSecond: numbers(), p50Ms: numbers(), p99Ms: numbers() }));
  for (const subject of subjects) await times(subject, runsPerRound); // warms up: connections, the optimizing compiler
  for (let round = 0; round < rounds; round++)
    for (const sample of samples) {
      const tookMs = await times(sample.subject, runsPerRound);
      sample.perSecond.push((1_000 * runsPerRound) / tookMs.reduce((sum, each) => sum + each, 0));
      const sorted = tookMs.toSorted((one, other) => one - other);
      sample.p50Ms.push(at(sorted, 0.5));
      sample.p99Ms.push(at(sorted, 0.99));
    }
  return samples.map(({ subject, perSecond, p50Ms, p99Ms }) => ({
    name: subject.name,
    perSecond: spreadOf(perSecond),
    p50Ms: spreadOf(p50Ms),
    p99Ms: spreadOf(p99Ms),
  }));
}

async function times({ run, between }: Subject, count: number): Promise<number[]> {
  const tookMs: number[] = [];
  for (let time = 0; time < count; time++) {
    const begun = performance.now();
    await run();
    tookMs.push(performance.now() - begun);
    await between?.();
  }
  return tookMs;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  return { median: at(sorted, 0.5), min: at(sorted, 0), max: at(sorted, 1) };
}

function at(sorted: readonly number[], quantile: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? Number.NaN;
}

function numbers(): number[] {
  return [];
}
