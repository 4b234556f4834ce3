/**
 * Makes a Lambda handler for the HTTP API from a function's routes: builds its services once, routes, and turns whatever
 * goes wrong into problem+json. The router and its validation are Powertools'.
 */
import { edgeEnv } from "#contract/environment";
import { Router } from "@aws-lambda-powertools/event-handler/http";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { en } from "zod/locales";
import * as z from "zod/mini";
import { builtOnce } from "./built-once";
import { callerAddress } from "./caller-address";
import { Edge, NotThroughEdgeError } from "./edge";
import { readEnvironment } from "./environment";
import { answerTo } from "./error-answer";
import { accessOf } from "./identity";
import { Invocation } from "./invocation";
import { deniedAnswer, limitFields } from "./limit-answer";
import type { Limits } from "./limits";
import { logger } from "./logger";
import { countServerError } from "./metrics";
import { forRouter } from "./router-event";

z.config(en()); // zod/mini has no words for what is wrong by itself

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

export interface HttpFunction<Services> extends HttpHandler {
  /** Has something done by the function's services in an invocation that isn't a request. Throws whatever `work` throws, for all to read. */
  beside<T>(work: (services: Services) => Promise<T>): (context: Context) => Promise<T>;
}

export function httpFunction<Schema extends z.ZodMiniType, Services>(
  options: HttpFunctionOptions<Schema, Services>,
): HttpFunction<Services> {
  const build = () => {
    const app = new Router({ logger });
    app.errorHandler(Error, (error) => Promise.resolve(answerTo(error)));
    app.use(async ({ reqCtx, next }) => {
      reqCtx.params = RoutedEvent.parse(reqCtx.event).pathParameters ?? {};
      await next();
      return undefined;
    });
    const invocation = new Invocation();
    const services = options.services(readEnvironment(options.env), invocation);
    const limits = options.limits === "none" ? undefined : options.limits(services);
    options.routes(app, services);
    return { app, invocation, limits, services, edge: new Edge(readEnvironment(z.object(edgeEnv))) };
  };
  const made = builtOnce(build);

  const handle: HttpHandler = async (event, context) => {
    logger.addContext(context);
    logger.appendKeys({ requestId: event.requestContext.requestId });
    const built = made();
    const { invocation } = built;
    invocation.begin(context);
    try {
      return counted(await answer(built, event, context));
    } catch (error) {
      return counted(await resultOf(answerTo(error instanceof Error ? error : new Error(String(error)))));
    } finally {
      await invocation.end();
    }
  };
  const beside: HttpFunction<Services>["beside"] = (work) => async (context) => {
    logger.addContext(context);
    const { invocation, services } = made(); // what it throws names what is missing, and holds no more
    invocation.begin(context);
    try {
      return await work(services);
    } finally {
      await invocation.end();
    }
  };
  return Object.assign(handle, { beside });
}

/** No parameter is looked at, and no endpoint runs, for who comes past CloudFront or may not call the route, or not so often. */
async function answer(
  { app, limits, edge }: { readonly app: Router; readonly limits: Limits | undefined; readonly edge: Edge },
  sent: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  if (edge.refuses(sent)) return resultOf(answerTo(new NotThroughEdgeError()));
  const event = edge.received(sent);
  const access = accessOf(event);
  const decision = await limits?.admit(access, callerAddress(event));
  if (decision?.allowed === false) return resultOf(deniedAnswer(decision));
  const result =
    access.refusal === undefined
      ? await app.resolve(forRouter(event), context)
      : await resultOf(answerTo(access.refusal));
  // An endpoint that was denied by a limit of its own tells of that one.
  return decision === undefined ? result : { ...result, headers: { ...limitFields(decision), ...result.headers } };
}

function counted(result: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 {
  if ((result.statusCode ?? 200) >= 500) countServerError();
  return result;
}

/** Parameters of the path, as API Gateway has decoded them. */
const RoutedEvent = z.object({ pathParameters: z.optional(z.record(z.string(), z.string())) });

async function resultOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
    isBase64Encoded: false,
  };
}
