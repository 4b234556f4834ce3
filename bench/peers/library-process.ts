/**
 * A process in which one library is measured: what the others do to the heap and to compiled code isn't its concern.
 *
 * The first message says what to measure and is answered with whether the library can do it. Each further one is the number
 * of a round, answered with what that brought.
 */
import * as z from "zod/mini";
import { libraryCalled } from "./libraries/all";
import { isMeasureName, measures } from "./measures/all";

const Task = z.object({
  library: z.string(),
  measure: z.string(),
  endpoint: z.object({
    mode: z.enum(["single", "cluster"]),
    host: z.string(),
    port: z.number(),
    user: z.string(),
    password: z.string(),
  }),
});

async function serve(): Promise<void> {
  const message = await new Promise((resolve) => process.once("message", resolve));
  const { library, measure, endpoint } = Task.parse(message);
  if (!isMeasureName(measure)) throw new Error(`there is no measure ${measure}`);
  const round = await measures[measure](await libraryCalled(library), endpoint);
  process.on("message", (number) => void answer(round?.(z.number().parse(number))));
  process.send?.({ able: round !== undefined });
}

async function answer(figures: Promise<unknown> | undefined): Promise<void> {
  const reply = await figures?.then(
    (value) => ({ figures: value }),
    (error: unknown) => ({ error: String(error) }),
  );
  process.send?.(reply);
}

process.once("disconnect", () => process.exit());
// bentocache leaves some behind where Redis is gone; they would end the process before it is measured.
process.on("unhandledRejection", () => undefined);
serve().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
