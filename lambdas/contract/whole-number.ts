import * as z from "zod/mini";

/** A number in a query, from 1. */
export function wholeNumber(atMost: number) {
  return z.pipe(
    z.string().check(z.regex(/^[1-9]\d{0,5}$/, `must be a whole number from 1 to ${atMost}`)),
    z.pipe(z.transform(Number), z.int().check(z.minimum(1), z.maximum(atMost, `must be at most ${atMost}`))),
  );
}
