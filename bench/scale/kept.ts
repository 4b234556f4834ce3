/** The figures that were measured last, for arithmetic without measuring. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";

const file = join(__dirname, "../scale.json");

const Kept = z.looseObject({
  keys: z.array(z.object({ kind: z.string(), count: z.int(), bytes: z.number(), memoryUsageBytes: z.number() })),
  requests: z.array(z.object({ request: z.string(), cacheCommands: z.number(), stateCommands: z.number() })),
});

export function keptFigures(): z.infer<typeof Kept> {
  return Kept.parse(JSON.parse(readFileSync(file, "utf8")));
}

export function keepFigures(figures: object): void {
  writeFileSync(file, `${JSON.stringify(figures, undefined, 2)}\n`);
}
