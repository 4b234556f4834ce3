/** What the API says of users, and what they sign up and in with. */
import * as z from "zod/mini";
import { roles } from "./identity";
import { jsonObject } from "./json-object";
import { text, wellFormed, withoutNul } from "./text";

const UserId = z.string().check(z.regex(/^[1-9]\d{0,8}$/, "must be a whole number of at least 1"));

export const UserPath = z.object({ id: UserId });

export const User = z.object({
  id: z.int(),
  name: z.string(),
  /** `null`: the user can't sign in. */
  email: z.nullable(z.string()),
  role: z.enum(roles),
});
export type User = z.infer<typeof User>;

/** One address however it is written: in lower case, without space around it. */
export const Email = z.pipe(
  z.string().check(z.trim(), z.toLowerCase()),
  z.email("must be an e-mail address").check(z.maxLength(254)),
);
const name = text(100);
/**
 * Long ones are welcome, and no kind of letter is asked for: rules of that sort make people choose `Password1!`. To a hash NULs
 * at the end are nothing, and all that is no Unicode is alike.
 */
const password = z.string().check(z.minLength(8), z.maxLength(128), withoutNul, wellFormed);

export const NewUser = jsonObject({ name, email: Email, password });
export type NewUser = z.infer<typeof NewUser>;

/** With any password: one that is against the rules is simply wrong. */
export const SignIn = jsonObject({ email: Email, password: z.string().check(z.maxLength(1_000)) });
export type SignIn = z.infer<typeof SignIn>;

/** What is left out stays as it is. */
export const UserChange = jsonObject({
  name: z.optional(name),
  password: z.optional(password),
  /** Asked for with one's own new password: a token that was stolen isn't enough to keep its owner out. */
  currentPassword: z.optional(z.string().check(z.maxLength(1_000))),
  /** Only an administrator gives one, and not to themselves. */
  role: z.optional(z.enum(roles)),
}).check(
  z.refine(
    ({ name, password, role }) => name !== undefined || password !== undefined || role !== undefined,
    "must change something",
  ),
);
export type UserChange = z.infer<typeof UserChange>;

/** A login that whoever operates the shop has made: the first administrator, above all. */
export const NewLogin = z.strictObject({ ...NewUser.shape, role: z.enum(roles) });
export type NewLogin = z.infer<typeof NewLogin>;
