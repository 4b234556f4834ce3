/**
 * What a session of the shop holds.
 *
 * An older and a newer release share sessions while one replaces the other, and each writes back what it has read. So fields
 * that this build doesn't know are kept, in the whole and in each line; a release that adds some leaves `version` as it is.
 * A new version is for what an older build must not touch: it then takes the session for none.
 */
import { type Role, roles } from "#contract/identity";
import * as z from "zod/mini";

/** Without bounds: what a newer release allows is read here too. */
const CartLine = z.looseObject({ movieId: z.int(), quantity: z.int() });
export type CartLine = z.infer<typeof CartLine>;

const SessionData = z.looseObject({
  version: z.literal(1),
  /** As it was when the user signed in: whoever changes a user's role ends their sessions. */
  role: z.enum(roles),
  cart: z._default(z.array(CartLine), []),
  /** Names the cart: what is paid for is paid for once. None in a cart that is empty, or that an older release has filled. */
  cartId: z.optional(z.string()),
});
export type SessionData = z.infer<typeof SessionData>;

export function newSessionData(role: Role): SessionData {
  return { version: 1, role, cart: [] };
}

/** `undefined` for what this build can't read. */
export function readSessionData(json: unknown): SessionData | undefined {
  return SessionData.safeParse(json).data;
}
