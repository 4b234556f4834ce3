import * as z from "zod/mini";

/** A number in a query. */
export function wholeNumber(atMost: number, atLeast: 0 | 1 = 1) {
  const digits = atLeast === 0 ? /^(0|[1-9]\d{0,5})$/ : /^[1-9]\d{0,5}$/;
  return z.pipe(
    z.string().check(z.regex(digits, `must be a whole number from ${atLeast} to ${atMost}`)),
    z.pipe(z.transform(Number), z.int().check(z.minimum(atLeast), z.maximum(atMost, `must be at most ${atMost}`))),
  );
}
