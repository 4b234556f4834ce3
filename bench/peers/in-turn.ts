/** Lets the libraries take a measure in turn, round after round: a slow moment of the machine then falls on all of them. */
import type { Endpoint } from "./library";
import type { Figures } from "./measure";
import type { MeasureName } from "./measures/all";
import { Subject } from "./subject";

/** The rounds' figures, by the library's name. */
export type Rounds = ReadonlyMap<string, readonly Figures[]>;

export interface InTurnOptions {
  readonly libraries: readonly string[];
  readonly measure: MeasureName;
  readonly endpoint: Endpoint;
  readonly rounds: number;
  /** How many processes of a library do it at the same time. @default 1 */
  readonly processes?: number;
}

export async function measureInTurn({
  libraries,
  measure,
  endpoint,
  rounds,
  processes = 1,
}: InTurnOptions): Promise<Rounds> {
  const teams = await startTeams(libraries, processes, measure, endpoint);
  try {
    const figures = new Map(teams.map(({ library }) => [library, emptyList<Figures>()]));
    for (let round = 0; round < rounds; round++)
      for (const { library, subjects } of teams)
        figures.get(library)?.push(together(await Promise.all(subjects.map((subject) => subject.round(round)))));
    return figures;
  } finally {
    for (const { subjects } of teams) for (const subject of subjects) subject.end();
  }
}

export interface Team {
  readonly library: string;
  readonly subjects: readonly Subject[];
}

/** Those of the libraries that can do it. One after the other, as they warm up meanwhile. */
export async function startTeams(
  libraries: readonly string[],
  processes: number,
  measure: MeasureName,
  endpoint: Endpoint,
): Promise<Team[]> {
  const teams: Team[] = [];
  for (const library of libraries) {
    const start = () => Subject.start(library, measure, endpoint);
    const first = await start();
    if (first === undefined) continue;
    const others = await Promise.all(Array.from({ length: processes - 1 }, start));
    teams.push({ library, subjects: [first, ...others].filter((subject) => subject !== undefined) });
  }
  return teams;
}

function together(all: readonly Figures[]): Figures {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, all.flatMap((figures) => figures[name] ?? [])]));
}

function emptyList<T>(): T[] {
  return [];
}
