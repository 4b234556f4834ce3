/** Reads the HTTP API from the template: its routes, its stage, and the functions behind them. */
import * as z from "zod/mini";
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
const Route = z.object({ RouteKey: z.string(), Target: z.string() });
const Integration = z.object({
  IntegrationType: z.literal("AWS_PROXY"),
  PayloadFormatVersion: z.literal("2.0"),
  IntegrationUri: z.string(),
  TimeoutInMillis: z._default(z.coerce.number(), 30_000),
});

interface HttpApiRoute {
  readonly key: string;
  /** The function that answers, by its name. */
  readonly functionName: string;
  readonly timeoutMs: number;
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number } | undefined;
}

export interface HttpApiSettings {
  readonly apiId: string;
  readonly stage: string;
  readonly accessLogFormat: string | undefined;
  readonly routes: readonly HttpApiRoute[];
  /** Routes that lead to something else than a function. */
  readonly skippedRoutes: readonly string[];
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
  const routes: HttpApiRoute[] = [];
  const skippedRoutes: string[] = [];
  for (const resource of resourcesOfType(assembly, "AWS::ApiGatewayV2::Route")) {
    const { RouteKey: key, Target } = Route.parse(intrinsics.properties(resource));
    const integration = integrations.get(Target);
    const functionName = integration && functionNameOf(integration.IntegrationUri);
    if (integration === undefined || functionName === undefined) {
      skippedRoutes.push(key);
      continue;
    }
    const limits = { ...stage.DefaultRouteSettings, ...stage.RouteSettings[key] };
    const { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst } = limits;
    routes.push({
      key,
      functionName,
      timeoutMs: integration.TimeoutInMillis,
      // Half a throttle is none: the other half would be the account's.
      throttle: ratePerSecond === undefined || burst === undefined ? undefined : { ratePerSecond, burst },
    });
  }
  return {
    apiId: intrinsics.text({ Ref: api.logicalId }, api.stack),
    stage: stage.StageName,
    accessLogFormat: stage.AccessLogSettings?.Format,
    routes,
    skippedRoutes,
  };
}

/** The function that an ARN names, be it of a version, an alias, or wrapped in an integration's. */
export function functionNameOf(arn: string): string | undefined {
  return /:function:([^:/]+)/.exec(arn)?.[1];
}

function theOnly(assembly: Assembly, type: string): Resource {
  const [first, ...others] = resourcesOfType(assembly, type);
  if (first === undefined || others.length > 0)
    throw new Error(`${others.length + (first ? 1 : 0)} resources ${type} in the assembly: exactly one can be served`);
  return first;
}
