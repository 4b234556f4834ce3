/** Calls a function's handler as the HTTP API does, payload format 2.0, with what the authorizer has found before it. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { randomUUID } from "node:crypto";
import type { AuthorizerContext, Identity } from "../../lambdas/contract/identity";
import { apiRoutes } from "../../lambdas/contract/routes";
import type { HttpHandler } from "../../lambdas/platform/http-function";
import { matchRoute } from "../../local/aws/http-routes";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface RequestOptions {
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** What the authorizer finds, on a route that has one. Default: nobody is signed in. */
  readonly as?: Identity | "signed-out" | "unavailable";
}

export async function invoke(
  handler: HttpHandler,
  method: string,
  target: string,
  options: RequestOptions = {},
): Promise<Answer> {
  return answerOf(await handler(httpEvent(method, target, options), lambdaContext()));
}

export function answerOf(result: APIGatewayProxyStructuredResultV2): Answer {
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    status: result.statusCode ?? 200,
    headers,
    body: result.body === undefined || result.body === "" ? undefined : JSON.parse(result.body),
  };
}

const routes = apiRoutes.map((route) => ({ ...route, key: `${route.method} ${route.path}` }));

/** `target` is a path with its query string, as a client writes it. */
export function httpEvent(
  method: string,
  target: string,
  { headers = {}, body, as = "signed-out" }: RequestOptions = {},
): APIGatewayProxyEventV2 {
  const [rawPath = "/", rawQueryString = ""] = target.split(/\?(.*)/s);
  const query = [...new URLSearchParams(rawQueryString)];
  const match = matchRoute(routes, method, rawPath);
  const { route, pathParameters = {} } = typeof match === "object" ? match : {};
  const routeKey = route?.key ?? "$default";
  const lambda: AuthorizerContext = typeof as === "object" ? { state: "signed-in", ...as } : { state: as };
  return {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString,
    headers: { host: "api.example.com", ...headers },
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "api",
      ...(route !== undefined && route.access !== "public" && { authorizer: { lambda } }),
      domainName: "api.example.com",
      domainPrefix: "api",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: randomUUID(),
      routeKey,
      stage: "$default",
      time: "01/Jan/2025:00:00:00 +0000",
      timeEpoch: 0,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
}

export function lambdaContext(): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: "test",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:test",
    memoryLimitInMB: "512",
    awsRequestId: randomUUID(),
    logGroupName: "test",
    logStreamName: "test",
    getRemainingTimeInMillis: () => 10_000,
  } as Context;
}
