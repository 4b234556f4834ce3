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

/** What became of a request at the door. */
export interface Access {
  /** `undefined` for one that the contract doesn't know. */
  readonly route: ApiRoute | undefined;
  /** Who asks, if the route isn't public and admits them. */
  readonly identity?: Identity;
  /**
   * Why it may not pass: what `identityOf` throws, NotAllowedError for another role, NotFoundError for an unknown route.
   */
  readonly refusal?: Error;
}

export function accessOf(event: unknown): Access {
  const { routeKey } = RoutedEvent.parse(event);
  const route = routeByKey.get(routeKey);
  if (route === undefined) return { route, refusal: new NotFoundError(`there is no route ${routeKey}`) };
  const { access } = route;
  if (access === "public") return { route };
  try {
    const identity = identityOf(event);
    if (access.includes(identity.role)) return { route, identity };
    const message = `this takes the role ${access.join(" or ")}, yours is ${identity.role}`;
    return { route, refusal: new NotAllowedError(message) };
  } catch (error) {
    return { route, refusal: error instanceof Error ? error : new Error(String(error)) };
  }
}

const RoutedEvent = z.object({ routeKey: z.string() });

const routeByKey = new Map<string, ApiRoute>(apiRoutes.map((route) => [`${route.method} ${route.path}`, route]));
