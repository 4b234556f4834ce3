/** Text that callers send. */
import * as z from "zod/mini";

export const wellFormed = z.refine<string>((value) => value.isWellFormed(), "must be valid Unicode");

/** What PostgreSQL and a password's hash take as it is. */
export const withoutNul = z.refine<string>((value) => !value.includes("\0"), "must hold no NUL character");

/** At least one character that shows; what PostgreSQL can store, and Redis name. */
export function text(maxLength: number) {
  return z
    .string()
    .check(z.regex(/[\p{L}\p{N}\p{P}\p{S}]/u, "must not be blank"), z.maxLength(maxLength), withoutNul, wellFormed);
}
