/** Writes the access log as API Gateway does, from the format in the template. */
import type { IncomingMessage } from "node:http";
import type { AuthorizerContext } from "./authorizer";
import type { HttpAnswer } from "./http-answer";
import type { HttpApiSettings } from "./http-api-settings";
import { logTime, sourceIp } from "./http-event";
import { accountId } from "./resource-attributes";

export interface Received {
  readonly requestId: string;
  readonly receivedMs: number;
}

/** How a request was answered. */
export interface Outcome {
  readonly answer: HttpAnswer;
  /** The gateway's own message, where the answer is its own. */
  readonly gatewayError?: string;
  readonly routeKey?: string;
  readonly authorizerContext?: AuthorizerContext | null;
  readonly authorizerError?: string;
  readonly integrationMs?: number;
  readonly integrationError?: string;
}

/** Puts values in the place of `$context.…`: `-` where there is none, escaped for the JSON that they mostly stand in. */
export function accessLogLine(
  format: string,
  { apiId, stage }: HttpApiSettings,
  http: IncomingMessage,
  { requestId, receivedMs }: Received,
  { answer, gatewayError, routeKey, authorizerContext, authorizerError, integrationMs, integrationError }: Outcome,
): string {
  const context: Record<string, string | number | undefined> = {
    accountId,
    apiId,
    stage,
    requestId,
    extendedRequestId: requestId,
    requestTime: logTime(receivedMs),
    requestTimeEpoch: receivedMs,
    httpMethod: http.method,
    path: http.url?.split("?")[0],
    protocol: `HTTP/${http.httpVersion}`,
    domainName: http.headers.host,
    "identity.sourceIp": sourceIp(http),
    "identity.userAgent": http.headers["user-agent"],
    routeKey,
    status: answer.status,
    responseLength: answer.body.length,
    responseLatency: Date.now() - receivedMs,
    integrationLatency: integrationMs,
    "integration.latency": integrationMs,
    // Of the call to Lambda, not of the function: a function that fails was called all the same.
    integrationStatus: integrationMs === undefined ? undefined : 200,
    integrationErrorMessage: integrationError,
    "integration.error": integrationError,
    "error.message": gatewayError,
    ...authorizerVariables(authorizerContext ?? {}),
    "authorizer.error": authorizerError,
  };
  return format.replace(/\$context\.([A-Za-z0-9_.]*[A-Za-z0-9_])/g, (_, name: string) =>
    JSON.stringify(String(context[name] ?? "-")).slice(1, -1),
  );
}

function authorizerVariables(context: AuthorizerContext): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context).map(([name, value]) => [
      `authorizer.${name}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
