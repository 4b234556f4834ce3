/** Reads the HTTP API from the template: its routes, its stage, its CORS, and the functions behind and before them. */
import * as z from "zod/mini";
import { type RouteAuthorizer, routeAuthorizers } from "./authorizer-settings";
import { Cors } from "./cors";
import { functionNameOf } from "./function-arn";
import type { Intrinsics } from "./intrinsics";
import { resourcesOfType, type Assembly, type Resource } from "./template";

const RouteLimits = z.object({
  ThrottlingRateLimit: z.optional(z.coerce.number()),
  ThrottlingBurstLimit: z.optional(z.coerce.number()),
});
const Stage = z.object({
  StageName: z.string(),
  AccessLogSettings: z.optional(z.object({ Format: z.string() })),
  DefaultRouteSettings: z._default(RouteLimits, {}),
  RouteSettings: z._default(z.record(z.string(), RouteLimits), {}),
});
const Api = z.object({ CorsConfiguration: z.optional(Cors) });
const Route = z.object({
  RouteKey: z.string(),
  Target: z.string(),
  AuthorizationType: z._default(z.string(), "NONE"),
  AuthorizerId: z.optional(z.string()),
});
const Integration = z.object({
  IntegrationType: z.literal("AWS_PROXY"),
  PayloadFormatVersion: z.literal("2.0"),
  IntegrationUri: z.string(),
  TimeoutInMillis: z._default(z.coerce.number(), 30_000),
});

export interface HttpApiRoute {
  readonly key: string;
  /** The function that answers, by its name. */
  readonly functionName: string;
  readonly timeoutMs: number;
  /** Asked before the function. */
  readonly authorizer: RouteAuthorizer | undefined;
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number } | undefined;
}

export interface HttpApiSettings {
  readonly apiId: string;
  readonly stage: string;
  readonly region: string;
  readonly accessLogFormat: string | undefined;
  readonly cors: Cors | undefined;
  readonly routes: readonly HttpApiRoute[];
  /** What of the routes isn't played, in words. */
  readonly notPlayed: readonly string[];
}

/** @throws if there isn't exactly one API with one stage */
export function httpApiSettings(assembly: Assembly, intrinsics: Intrinsics): HttpApiSettings {
  const api = theOnly(assembly, "AWS::ApiGatewayV2::Api");
  const stage = Stage.parse(intrinsics.properties(theOnly(assembly, "AWS::ApiGatewayV2::Stage")));

  const integrations = new Map(
    resourcesOfType(assembly, "AWS::ApiGatewayV2::Integration").map((integration) => [
      `integrations/${intrinsics.text({ Ref: integration.logicalId }, integration.stack)}`,
      Integration.safeParse(intrinsics.properties(integration)).data,
    ]),
  );
  const authorizers = routeAuthorizers(assembly, intrinsics);
  const routes: HttpApiRoute[] = [];
  const notPlayed: string[] = [];
  for (const resource of resourcesOfType(assembly, "AWS::ApiGatewayV2::Route")) {
    const {
      RouteKey: key,
      Target,
      AuthorizationType,
      AuthorizerId = "",
    } = Route.parse(intrinsics.properties(resource));
    const integration = integrations.get(Target);
    const functionName = integration && functionNameOf(integration.IntegrationUri);
    if (integration === undefined || functionName === undefined) {
      notPlayed.push(`route without a function: ${key}`);
      continue;
    }
    const authorizer =
      AuthorizationType === "NONE" ? undefined : (authorizers.get(AuthorizerId) ?? { notPlayed: AuthorizationType });
    if (authorizer !== undefined && "notPlayed" in authorizer)
      notPlayed.push(`authorizer of ${key}, which lets nobody in here: its ${authorizer.notPlayed}`);
    const limits = { ...stage.DefaultRouteSettings, ...stage.RouteSettings[key] };
    const { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst } = limits;
    routes.push({
      key,
      functionName,
      timeoutMs: integration.TimeoutInMillis,
      authorizer,
      // Half a throttle is none: the other half would be the account's.
      throttle: ratePerSecond === undefined || burst === undefined ? undefined : { ratePerSecond, burst },
    });
  }
  return {
    apiId: intrinsics.text({ Ref: api.logicalId }, api.stack),
    stage: stage.StageName,
    region: api.stack.region,
    cors: Api.parse(intrinsics.properties(api)).CorsConfiguration,
    accessLogFormat: stage.AccessLogSettings?.Format,
    routes,
    notPlayed,
  };
}

function theOnly(assembly: Assembly, type: string): Resource {
  const [first, ...others] = resourcesOfType(assembly, type);
  if (first === undefined || others.length > 0)
    throw new Error(`${others.length + (first ? 1 : 0)} resources ${type} in the assembly: exactly one can be served`);
  return first;
}
