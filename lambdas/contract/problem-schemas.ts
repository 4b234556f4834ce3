/** The bodies of answers that are errors. Apart from their table, which functions need that validate nothing. */
import * as z from "zod/mini";

export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
});

export const InvalidRequest = z.looseObject({
  ...Problem.shape,
  /** Left out if no single part of the request is to blame. */
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
});

export const QuotaExceeded = z.looseObject({ ...Problem.shape, "violated-policies": z.array(z.string()) });
