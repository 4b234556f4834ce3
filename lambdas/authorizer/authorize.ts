import type { AuthorizerContext } from "#contract/identity";
import { bearerToken } from "#platform/bearer-token";
import type { Edge } from "#platform/edge";
import { logger } from "#platform/logger";
import type { SessionData } from "#shop/session-data";
import { RedisUnavailableError, type SessionStore } from "@larder/toolkit";
import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";

export interface AuthorizerAnswer {
  readonly isAuthorized: true;
  readonly context: AuthorizerContext;
}

/**
 * Finds out who asks. It lets everybody pass, and the function behind refuses: what API Gateway says of its own accord is a bare
 * 403 or 500, and a client must be able to tell that it isn't signed in from our sessions being out of reach. For who comes past CloudFront and may not,
 * no session is looked up: the function behind refuses that too.
 */
export async function authorize(
  event: Pick<APIGatewayRequestAuthorizerEventV2, "headers">,
  sessions: Pick<SessionStore<SessionData>, "read">,
  edge: Pick<Edge, "refuses">,
): Promise<AuthorizerAnswer> {
  if (edge.refuses(event)) return { isAuthorized: true, context: { state: "signed-out" } };
  return { isAuthorized: true, context: await callerOf(bearerToken(event.headers), sessions) };
}

async function callerOf(
  token: string | undefined,
  sessions: Pick<SessionStore<SessionData>, "read">,
): Promise<AuthorizerContext> {
  if (token === undefined) return { state: "signed-out" };
  try {
    const session = await sessions.read(token);
    if (session === undefined) return { state: "signed-out" };
    return { state: "signed-in", userId: session.userId, role: session.data.role, sessionId: session.id };
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    // While Redis is known to be gone nothing is logged: that was said when it was lost.
    if (error.reason !== "refused") logger.warn("redis gave no answer about a session", { error });
    return { state: "unavailable" };
  }
}
