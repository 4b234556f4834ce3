/** Turns an HTTP request into the event that an HTTP API sends a function: payload format 2.0. */
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { AuthorizerContext } from "./authorizer";
import { accountId } from "./resource-attributes";

/** Request headers that concern one connection and end at the gateway. */
const connectionHeaders = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "expect",
]);
/** Every other body arrives in base64, forms and those without a type too (checked on AWS by ministackorg/ministack#766). */
const textTypes = /^\s*(text\/.+|application\/(json|xml|javascript))\s*(;|$)/i;

/** `authorizer` is left out where the route has none. */
export type HttpEvent = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { lambda: AuthorizerContext | null } };
};

export interface GatewayRequest {
  readonly http: IncomingMessage;
  readonly body: Buffer;
  readonly apiId: string;
  readonly stage: string;
  readonly routeKey: string;
  readonly path: string;
  readonly pathParameters: Record<string, string>;
  readonly requestId: string;
  readonly receivedMs: number;
  readonly traceRoot: string;
}

export function httpEvent(request: GatewayRequest): HttpEvent {
  const { http, body, routeKey, path, pathParameters } = request;
  const [, rawQueryString = ""] = /\?(.*)$/s.exec(http.url ?? "") ?? [];
  const query = joined(new URLSearchParams(rawQueryString));
  const { cookie, ...headers } = requestHeaders(request);
  const isBase64Encoded = body.length > 0 && !isText(headers);
  const domainName = headers.host ?? "localhost";

  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId,
      apiId: request.apiId,
      domainName,
      domainPrefix: domainName.split(".")[0] ?? "",
      http: {
        method: http.method ?? "",
        path,
        protocol: `HTTP/${http.httpVersion}`,
        sourceIp: sourceIp(http),
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: request.requestId,
      routeKey,
      stage: request.stage,
      time: logTime(request.receivedMs),
      timeEpoch: request.receivedMs,
    },
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...(body.length === 0 ? {} : { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
}

export function sourceIp(http: IncomingMessage): string {
  return (http.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

/** A time as the gateway writes it in events and access logs: `10/Jul/2026:19:19:05 +0000`. */
export function logTime(ms: number): string {
  const [, day = "", month = "", year = "", time = ""] =
    /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

function requestHeaders({ http, body, traceRoot }: GatewayRequest): Record<string, string> {
  const received: [string, string][] = [];
  for (let at = 0; at + 1 < http.rawHeaders.length; at += 2) {
    const [name = "", value = ""] = http.rawHeaders.slice(at, at + 2);
    if (!connectionHeaders.has(name.toLowerCase())) received.push([name.toLowerCase(), value]);
  }
  const headers = joined(received);
  return {
    "content-length": String(body.length),
    "x-amzn-trace-id": traceRoot,
    ...headers,
    "x-forwarded-for": [headers["x-forwarded-for"], sourceIp(http)].filter((part) => part !== undefined).join(", "),
    "x-forwarded-port": String(http.socket.localPort),
    "x-forwarded-proto": "http",
  };
}

function isText(headers: Record<string, string>): boolean {
  return headers["content-encoding"] === undefined && textTypes.test(headers["content-type"] ?? "");
}

/** Values of one name, joined by commas; cookies keep their semicolons. */
function joined(entries: Iterable<[string, string]>): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of entries) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before}${name === "cookie" ? ";" : ","}${value}`);
  }
  return Object.fromEntries(values);
}
