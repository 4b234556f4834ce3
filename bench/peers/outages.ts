/** Takes Redis away in three ways, and lets each library answer without it. */
import { startTeams, type Rounds } from "./in-turn";
import type { Endpoint } from "./library";
import type { Figures } from "./measure";
import type { MeasureName } from "./measures/all";
import type { Servers } from "./servers";

export interface Outage {
  readonly name: string;
  readonly measure: MeasureName;
  readonly endpoint: Endpoint;
  readonly begin: () => unknown;
  readonly end: () => unknown;
}

export function outagesOf({ redis, single, nowhere }: Servers): readonly Outage[] {
  const nothing = () => undefined;
  return [
    { name: "nothing listens", measure: "redisAbsent", endpoint: nowhere, begin: nothing, end: nothing },
    { name: "it hangs", measure: "redisLost", endpoint: single, begin: () => redis.freeze(), end: () => redis.thaw() },
    {
      name: "it was killed",
      measure: "redisLost",
      endpoint: single,
      begin: () => redis.kill(),
      end: () => redis.restart(),
    },
  ];
}

/** The first library has an outage to itself for a moment. The others share it: most of them only wait. */
export async function measureOutage(
  libraries: readonly string[],
  { measure, endpoint, begin, end }: Outage,
  rounds: number,
): Promise<Rounds> {
  const found = new Map<string, Figures[]>();
  for (let round = 0; round < rounds; round++) {
    const teams = await startTeams(libraries, 1, measure, endpoint);
    const subjects = teams.flatMap((team) => team.subjects);
    const take = async (subject: (typeof subjects)[number]) =>
      found.set(subject.library, [...(found.get(subject.library) ?? []), await subject.round(round)]);
    try {
      await begin();
      const [first, ...others] = subjects;
      if (first !== undefined) await take(first);
      await Promise.all(others.map(take));
    } finally {
      for (const subject of subjects) subject.end();
      await end();
    }
  }
  return found;
}
