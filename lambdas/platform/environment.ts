import type * as z from "zod/mini";

/** Reads the function's environment by the schema that lib deployed it with. It throws a list of what is missing or wrong. */
export function readEnvironment<Schema extends z.ZodMiniType>(schema: Schema): z.output<Schema> {
  const result = schema.safeParse(process.env);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`the environment is incomplete: ${faults.join("; ")}`); // the names only: a value may be a secret
}
