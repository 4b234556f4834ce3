/** What the API says of sessions. What a session holds inside is `shop/session-data`. */
import * as z from "zod/mini";
import { User } from "./users";

/** The answer to a sign-in: the only one that ever shows a token. */
export const SignedIn = z.object({ token: z.string(), expiresAt: z.iso.datetime(), user: User });
export type SignedIn = z.infer<typeof SignedIn>;

export const SessionList = z.object({
  items: z.array(
    z.object({
      /** Names the session, and opens nothing: it is not the token. */
      id: z.string(),
      /** Whether it is the one that asks. */
      current: z.boolean(),
      createdAt: z.iso.datetime(),
      lastSeenAt: z.iso.datetime(),
      /** If it is not used before. */
      expiresAt: z.iso.datetime(),
    }),
  ),
});
export type SessionList = z.infer<typeof SessionList>;
