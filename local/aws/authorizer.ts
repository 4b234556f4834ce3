/** Plays a Lambda authorizer of an HTTP API: payload format 2.0, simple answers, none of them kept. */
import { setTimeout as delay } from "node:timers/promises";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import type { LambdaAuthorizer } from "./authorizer-settings";
import type { CallResult } from "./function-environment";
import { accountId } from "./resource-attributes";

/** How long API Gateway waits for an authorizer. */
const timeoutMs = 10_000;

type Decision =
  | { readonly allowed: true; readonly context: AuthorizerContext | null }
  | { readonly allowed: false; readonly status: 401 | 403 | 500; readonly message: string; readonly error?: string };

/** What the function behind finds in `requestContext.authorizer.lambda`. */
export type AuthorizerContext = Readonly<Record<string, unknown>>;

const Answer = z.object({
  isAuthorized: z.boolean(),
  context: z.nullish(z.record(z.string(), z.unknown())),
});

export async function decide(
  { identitySources }: LambdaAuthorizer,
  event: APIGatewayProxyEventV2,
  region: string,
  call: (event: string) => Promise<CallResult>,
): Promise<Decision> {
  const identity = identitySources.map(({ kind, name }) =>
    kind === "header" ? event.headers[name.toLowerCase()] : event.queryStringParameters?.[name],
  );
  if (identity.some((value) => value === undefined || value === ""))
    return { allowed: false, status: 401, message: "Unauthorized" };

  const timer = new AbortController();
  const result = await Promise.race([
    call(JSON.stringify(authorizerEvent(event, region, identity))),
    delay(timeoutMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const),
  ]).finally(() => timer.abort());
  if (result === "late") return failed("the authorizer is late");
  if (!result.ok) return failed(result.error.errorMessage);
  const { data } = Answer.safeParse(JSON.parse(result.payload));
  if (data === undefined) return failed("the authorizer's answer is malformed");
  if (!data.isAuthorized) return { allowed: false, status: 403, message: "Forbidden" };
  return { allowed: true, context: data.context ?? null };
}

function failed(error: string): Decision {
  return { allowed: false, status: 500, message: "Internal Server Error", error };
}

/** The request's event without its body, and what is being asked for. */
function authorizerEvent(
  event: APIGatewayProxyEventV2,
  region: string,
  identity: readonly (string | undefined)[],
): object {
  const { apiId, stage, http } = event.requestContext;
  return {
    ...event,
    body: undefined,
    isBase64Encoded: undefined,
    type: "REQUEST",
    routeArn: `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stage}/${http.method}${http.path}`,
    identitySource: identity.length === 0 ? null : identity,
  };
}
