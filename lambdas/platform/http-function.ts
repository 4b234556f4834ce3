/**
 * Makes a Lambda handler for the HTTP API from a function's routes: builds its services once, routes, and turns whatever
 * goes wrong into problem+json. The router and its validation are Powertools'.
 */
import {
  NotFoundError as RouteNotFoundError,
  RequestValidationError,
  Router,
} from "@aws-lambda-powertools/event-handler/http";
import {
  LoadDeadlineError,
  LoadFailedError,
  RedisUnavailableError,
  SessionContendedError,
  TooManyLoadsError,
} from "@larder/toolkit";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import * as z from "zod/mini";
import { callerAddress } from "./caller-address";
import { readEnvironment } from "./environment";
import { AppError } from "./errors";
import { accessOf } from "./identity";
import { Invocation } from "./invocation";
import { deniedAnswer, tellLimits } from "./limit-answer";
import type { Limits } from "./limits";
import { logger } from "./logger";
import { problem } from "./problem";

/** Adds a function's endpoints to its router. */
export type Routes<Services> = (app: Router, services: Services) => void;

export interface HttpFunctionOptions<Schema extends z.ZodMiniType, Services> {
  readonly env: Schema;
  /** The only place with `new`. It runs once for each environment, and again if it failed. */
  readonly services: (env: z.output<Schema>, invocation: Invocation) => Services;
  readonly routes: Routes<Services>;
  /** Counts each request before its endpoint runs. */
  readonly limits: ((services: Services) => Limits) | "none";
}

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

export function httpFunction<Schema extends z.ZodMiniType, Services>(
  options: HttpFunctionOptions<Schema, Services>,
): HttpHandler {
  const build = () => {
    const app = new Router({ logger });
    app.errorHandler(Error, (error) => Promise.resolve(answerTo(error)));
    const invocation = new Invocation();
    const services = options.services(readEnvironment(options.env), invocation);
    const limits = options.limits === "none" ? undefined : options.limits(services);
    // The first of all: no parameter is looked at, and no endpoint runs, for who may not call the route, or not so often.
    app.use(async ({ reqCtx, next }) => {
      const access = accessOf(reqCtx.event);
      const decision = await limits?.admit(access, callerAddress(reqCtx.event));
      if (decision?.allowed === false) return deniedAnswer(decision);
      if (access.refusal !== undefined) throw access.refusal;
      await next();
      if (decision !== undefined) tellLimits(reqCtx.res.headers, decision);
      return undefined;
    });
    options.routes(app, services);
    return { app, invocation };
  };
  // Connecting begins here, while the function initializes. A failure is told by the first request, and tried again.
  let built = attempt(build);

  return async (event, context) => {
    logger.addContext(context);
    logger.appendKeys({ requestId: event.requestContext.requestId });
    built ??= build();
    const { app, invocation } = built;
    invocation.begin(context);
    try {
      return await app.resolve(withoutTraps(event), context);
    } finally {
      await invocation.end();
    }
  };
}

function attempt<T>(build: () => T): T | undefined {
  try {
    return build();
  } catch (error) {
    logger.error("the function could not be initialized", { error });
    return undefined;
  }
}

/**
 * The router makes a web `Request`, which throws at a body on GET and at a host or scheme that can't be in a URL, and which
 * resolves `..` and cuts at `?` in a path that API Gateway has decoded already. So it gets the path of the route that the
 * gateway chose: it must not choose another.
 */
function withoutTraps(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const { requestContext } = event;
  return {
    ...event,
    rawPath: pathOf(event),
    headers: { ...event.headers, host: undefined, "x-forwarded-proto": undefined },
    requestContext: { ...requestContext, domainName: "api" },
    ...(requestContext.http.method === "GET" && { body: undefined }),
  };
}

/** The route's path with its parameters filled in, each encoded as one segment. */
function pathOf({ routeKey, rawPath, pathParameters }: APIGatewayProxyEventV2): string {
  const [, route] = routeKey.split(" ");
  return route === undefined
    ? rawPath
    : route.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent((pathParameters?.[name] ?? "").toWellFormed()),
      );
}

const ValidationDetails = z.object({
  issues: z.array(z.object({ message: z.string(), path: z.optional(z.array(z.union([z.string(), z.number()]))) })),
});

function answerTo(error: Error): Response {
  if (error instanceof RequestValidationError) {
    const { issues } = ValidationDetails.parse(error.details);
    if (issues.length === 0) return problem("invalid-request", "the body is not JSON");
    const errors = issues.map(({ path = [], message }) => ({ path: path.join("."), message }));
    return problem("invalid-request", "the request doesn't fit what this route takes", { members: { errors } });
  }
  if (error instanceof RouteNotFoundError) return problem("not-found", error.message);
  if (error instanceof URIError) return problem("invalid-request", "the path isn't validly percent-encoded");
  if (error instanceof AppError) {
    const answer = problem(error.code, error.message);
    if (answer.status >= 500) logger.warn(error.message, { error });
    return answer;
  }
  if (error instanceof LoadFailedError)
    return problem("database-unavailable", "the data couldn't be read a moment ago");
  if (error instanceof LoadDeadlineError) {
    logger.warn(error.message, { error });
    return problem("database-unavailable", "the data couldn't be read in time");
  }
  if (error instanceof TooManyLoadsError) {
    logger.warn(error.message, { error });
    return problem("overloaded", "too much is being read at once");
  }
  // The cache doesn't need Redis: only sessions come to this.
  if (error instanceof RedisUnavailableError) {
    logger.warn(error.message, { error });
    const done = error.mayBeDone ? ": what you asked for may have been done" : "";
    return problem("sessions-unavailable", `sessions can't be reached at the moment${done}`);
  }
  // The Redis of state evicts nothing: once it is full, it takes nothing more.
  if (error.name === "ReplyError" && error.message.startsWith("OOM")) {
    logger.error("the redis of sessions is full", { error });
    return problem("sessions-unavailable", "no session can be made or changed at the moment");
  }
  if (error instanceof SessionContendedError) {
    logger.warn(error.message, { error });
    return problem("overloaded", "too many requests change this session at once");
  }
  logger.error("a request failed", { error });
  return problem("internal", "the error is logged under the request's id");
}
