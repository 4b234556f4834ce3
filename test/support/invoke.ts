/** Calls a function's handler as the HTTP API does, payload format 2.0. */
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { randomUUID } from "node:crypto";
import type { HttpHandler } from "../../lambdas/platform/http-function";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface RequestOptions {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export async function invoke(
  handler: HttpHandler,
  method: string,
  target: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const result = await handler(httpEvent(method, target, options), lambdaContext());
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    status: result.statusCode ?? 200,
    headers,
    body: result.body === undefined || result.body === "" ? undefined : JSON.parse(result.body),
  };
}

/** `target` is a path with its query string, as a client writes it. */
export function httpEvent(
  method: string,
  target: string,
  { headers = {}, body }: RequestOptions = {},
): APIGatewayProxyEventV2 {
  const [rawPath = "/", rawQueryString = ""] = target.split(/\?(.*)/s);
  const query = [...new URLSearchParams(rawQueryString)];
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers: { host: "api.example.com", ...headers },
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    requestContext: {
      accountId: "000000000000",
      apiId: "api",
      domainName: "api.example.com",
      domainPrefix: "api",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: randomUUID(),
      routeKey: "$default",
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
