/** Plays an HTTP API of API Gateway: routes, throttles, authorizers, events, answers, CORS, access logs. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { accessLogLine, type Outcome, type Received } from "./access-log";
import { decide } from "./authorizer";
import { isPreflight, preflightAnswer, withCors } from "./cors";
import type { OnLog } from "./endpoints";
import type { CallResult } from "./function-environment";
import { gatewayAnswer, httpAnswer } from "./http-answer";
import type { HttpApiRoute, HttpApiSettings } from "./http-api-settings";
import { httpEvent, type HttpEvent } from "./http-event";
import { matchRoute } from "./http-routes";
import { newTraceRoot } from "./lambda-function";
import { TokenBucket } from "./throttle";

/** Limits of an HTTP API: a request's body, and its line and headers together (Node answers these with 431). */
const maxBodyBytes = 10 * 1024 * 1024;
const maxHeaderBytes = 10_240;

type CallFunction = (functionName: string, event: string, traceRoot: string) => Promise<CallResult>;

export function createHttpApi(settings: HttpApiSettings, callFunction: CallFunction, onLog: OnLog): Server {
  const { apiId, stage, region, cors, accessLogFormat } = settings;
  const routes = settings.routes.map((route) => ({
    ...route,
    bucket: route.throttle && new TokenBucket(route.throttle.ratePerSecond, route.throttle.burst),
  }));

  return createServer({ maxHeaderSize: maxHeaderBytes }, (http, response) => {
    const received = { requestId: randomBytes(11).toString("base64"), receivedMs: Date.now() };
    void respond(http, received)
      .catch((error: unknown) => {
        onLog("aws", `request ${received.requestId} failed: ${String(error)}`);
        return refuse(500, "Internal Server Error");
      })
      .then((made) => {
        const outcome = cors === undefined ? made : { ...made, answer: withCors(made.answer, cors, http) };
        const { status, headers, body } = outcome.answer;
        const own = { "content-length": body.length, "apigw-requestid": received.requestId };
        response.writeHead(status, { ...headers, ...own }).end(body);
        if (accessLogFormat !== undefined)
          onLog("api", accessLogLine(accessLogFormat, settings, http, received, outcome));
      });
  });

  async function respond(http: IncomingMessage, received: Received): Promise<Outcome> {
    const body = await readBody(http);
    const path = stagePath(stage, http.url?.split("?")[0] ?? "");
    const match = path === undefined ? undefined : matchRoute(routes, http.method ?? "", path);
    if (match === undefined)
      return cors !== undefined && isPreflight(http) ? { answer: preflightAnswer } : refuse(404, "Not Found");
    if (match === "invalid") return refuse(400, "Bad Request");
    const { route, pathParameters } = match;
    const routeKey = route.key;
    if (route.bucket?.take() === false) return refuse(429, "Too Many Requests", { routeKey });
    if (body === undefined) return refuse(413, "Request Entity Too Large", { routeKey });

    const traceRoot = newTraceRoot();
    const gateway = { apiId, stage, routeKey, pathParameters, traceRoot, path: stagePrefix(stage) + match.path };
    const event = httpEvent({ http, body, ...received, ...gateway });
    if (route.authorizer === undefined) return integrate(route, event, traceRoot, { routeKey });

    if ("notPlayed" in route.authorizer)
      return refuse(500, "Internal Server Error", { routeKey, authorizerError: "it isn't played on this machine" });
    const { functionName } = route.authorizer;
    const decision = await decide(route.authorizer, event, region, (asked) =>
      callFunction(functionName, asked, traceRoot),
    );
    if (!decision.allowed) {
      const { status, message, error: authorizerError } = decision;
      return refuse(status, message, { routeKey, authorizerError });
    }
    const lambda = decision.context;
    const authorized = { ...event, requestContext: { ...event.requestContext, authorizer: { lambda } } };
    return integrate(route, authorized, traceRoot, { routeKey, authorizerContext: lambda });
  }

  async function integrate(
    { functionName, timeoutMs }: HttpApiRoute,
    event: HttpEvent,
    traceRoot: string,
    about: Omit<Outcome, "answer">,
  ): Promise<Outcome> {
    const startedMs = performance.now();
    const result = await inTime(callFunction(functionName, JSON.stringify(event), traceRoot), timeoutMs);
    return outcomeOf(result, { ...about, integrationMs: Math.round(performance.now() - startedMs) });
  }
}

function outcomeOf(result: CallResult | "late", about: Omit<Outcome, "answer">): Outcome {
  if (result === "late")
    return refuse(503, "Service Unavailable", { ...about, integrationError: "the function is late" });
  if (!result.ok) {
    const { errorType, errorMessage } = result.error;
    const failed = { ...about, integrationError: errorMessage };
    return errorType === "RequestTooLargeException"
      ? refuse(413, "Request Entity Too Large", failed)
      : refuse(500, "Internal Server Error", failed);
  }
  const answer = httpAnswer(result.payload);
  if (answer !== undefined) return { ...about, answer };
  return refuse(500, "Internal Server Error", { ...about, integrationError: "the function's answer is malformed" });
}

/** An answer of the gateway itself. */
function refuse(status: number, message: string, about: Omit<Outcome, "answer"> = {}): Outcome {
  return { ...about, answer: gatewayAnswer(status, message), gatewayError: message };
}

/** The function's result, or `late` after the integration's time; the function then goes on by itself. */
async function inTime(result: Promise<CallResult>, timeoutMs: number): Promise<CallResult | "late"> {
  const timer = new AbortController();
  const late = delay(timeoutMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const);
  return Promise.race([result, late]).finally(() => timer.abort());
}

/** Every stage but `$default` is the first word of the path, also in the event. */
function stagePrefix(stage: string): string {
  return stage === "$default" ? "" : `/${stage}`;
}

/** The path without the stage; `undefined` if it lies in none. */
function stagePath(stage: string, path: string): string | undefined {
  const prefix = stagePrefix(stage);
  return `${path}/`.startsWith(`${prefix}/`) ? path.slice(prefix.length) || "/" : undefined;
}

/** The body, read to its end even if it is too large (then `undefined`), so that the client gets to read the answer. */
async function readBody(http: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of http) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes <= maxBodyBytes ? Buffer.concat(chunks) : undefined;
}
