import type { Measure } from "../measure";
import { coldKey } from "./cold-key";
import { entryMemory } from "./entry-memory";
import { manyKeys } from "./many-keys";
import { nearHits } from "./near-hits";
import { redisHits } from "./redis-hits";
import { redisAbsent, redisLost } from "./redis-gone";

/** As the process of a library knows them. */
export const measures = {
  nearHits,
  redisHits64: redisHits(64),
  redisHits1: redisHits(1),
  manyKeys,
  coldKey,
  redisAbsent,
  redisLost,
  entryMemory,
} satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;

export function isMeasureName(name: string): name is MeasureName {
  return name in measures;
}
