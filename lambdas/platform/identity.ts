import { AuthorizerContext, type Identity } from "#contract/identity";
import { type ApiRoute, apiRoutes } from "#contract/routes";
import * as z from "zod/mini";
import { NotAllowedError, NotFoundError, NotSignedInError, SessionsUnavailableError } from "./errors";

/** Where API Gateway puts what the authorizer found. */
const AuthorizedEvent = z.object({ requestContext: z.object({ authorizer: z.object({ lambda: AuthorizerContext }) }) });

/**
 * Who asks, on a route that isn't public. Headers and body play no part: what the authorizer said counts, and nothing else.
 *
 * @throws NotSignedInError or SessionsUnavailableError if the authorizer found no session or couldn't look for one
 * @throws Error if there was no authorizer before this route
 */
export function identityOf(event: unknown): Identity {
  const parsed = AuthorizedEvent.safeParse(event);
  if (!parsed.success) throw new Error("no authorizer has said who asks: give the route an access that isn't public");
  const context = parsed.data.requestContext.authorizer.lambda;
  switch (context.state) {
    case "signed-in":
      return { userId: context.userId, role: context.role, sessionId: context.sessionId };
    case "signed-out":
      throw new NotSignedInError("send the token of a session: authorization: Bearer <token>");
    case "unavailable":
      throw new SessionsUnavailableError("your session can't be looked up at the moment");
  }
}

/**
 * Why a request may not pass: what `identityOf` throws, NotAllowedError for another role, NotFoundError for a route that the
 * contract doesn't know. `undefined`: its route admits who asks.
 */
export function refusalOf(event: unknown): Error | undefined {
  const { routeKey } = RoutedEvent.parse(event);
  const access = accessByRouteKey.get(routeKey);
  if (access === undefined) return new NotFoundError(`there is no route ${routeKey}`);
  if (access === "public") return undefined;
  try {
    const { role } = identityOf(event);
    if (access.includes(role)) return undefined;
    return new NotAllowedError(`this takes the role ${access.join(" or ")}, yours is ${role}`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const RoutedEvent = z.object({ routeKey: z.string() });

const accessByRouteKey = new Map<string, ApiRoute["access"]>(
  apiRoutes.map(({ method, path, access }) => [`${method} ${path}`, access]),
);
