/** Text that callers send. */
import * as z from "zod/mini";

/** At least one character that shows; what PostgreSQL can store, and Redis name. */
export function text(maxLength: number) {
  return z.string().check(
    z.regex(/\S/, "must not be blank"),
    z.maxLength(maxLength),
    z.refine((value) => !value.includes("\0"), "must hold no NUL character"),
    z.refine((value) => value.isWellFormed(), "must be valid Unicode"),
  );
}
