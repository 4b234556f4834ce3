/** What the API says of users. */
import * as z from "zod/mini";

export const UserId = z.string().check(z.regex(/^[1-9]\d{0,8}$/, "must be a whole number of at least 1"));

export const User = z.object({ id: z.int(), name: z.string() });
export type User = z.infer<typeof User>;
