/** Who asks, as the authorizer tells the function behind it: through API Gateway, where no client can write. */
import * as z from "zod/mini";

/** What a caller may be. A route lists the roles that it admits: none includes another. */
export const roles = ["user", "admin", "service"] as const;
export type Role = (typeof roles)[number];

const Identity = z.object({ userId: z.string(), role: z.enum(roles), sessionId: z.string() });
export type Identity = z.infer<typeof Identity>;

/** The authorizer's finding. It refuses nobody: `unavailable` is a finding too, and the function behind makes an answer of it. */
export const AuthorizerContext = z.discriminatedUnion("state", [
  z.object({ state: z.literal("signed-in"), ...Identity.shape }),
  z.object({ state: z.literal("signed-out") }),
  z.object({ state: z.literal("unavailable") }),
]);
export type AuthorizerContext = z.infer<typeof AuthorizerContext>;
