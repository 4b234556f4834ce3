/** What the API says of its own health. */
import * as z from "zod/mini";
import { Problem } from "./problem-schemas";

const Reached = z.discriminatedUnion("reached", [
  z.object({ reached: z.literal(true), version: z.string() }),
  z.object({ reached: z.literal(false), reason: z.string() }),
]);
export type Reached = z.infer<typeof Reached>;

const parts = { redis: Reached, postgres: Reached, node: z.string() };

export const Health = z.object({
  /** `degraded` without Redis: everything is served, more slowly, but nobody can sign in. */
  status: z.enum(["ok", "degraded"]),
  ...parts,
});
export type Health = z.infer<typeof Health>;

/** The problem `unhealthy`, without PostgreSQL. */
export const Unhealthy = z.looseObject({ ...Problem.shape, ...parts });
