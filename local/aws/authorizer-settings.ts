/** Reads the authorizers of the HTTP API from the template: Lambda functions that answer in payload format 2.0, simply. */
import * as z from "zod/mini";
import { functionNameOf } from "./function-arn";
import type { Intrinsics } from "./intrinsics";
import { resourcesOfType, type Assembly } from "./template";

export interface LambdaAuthorizer {
  readonly functionName: string;
  /** What a request must have: `$request.header.Authorization`. */
  readonly identitySources: readonly IdentitySource[];
}

/** One of another kind: its routes let nobody in, since they must not be open instead. */
interface UnplayedAuthorizer {
  /** What of it isn't played. */
  readonly notPlayed: string;
}

export type RouteAuthorizer = LambdaAuthorizer | UnplayedAuthorizer;

interface IdentitySource {
  readonly kind: "header" | "querystring";
  readonly name: string;
}

const Authorizer = z.object({
  AuthorizerType: z.literal("REQUEST"),
  AuthorizerUri: z.string(),
  AuthorizerPayloadFormatVersion: z.literal("2.0"),
  EnableSimpleResponses: z.literal(true),
  AuthorizerResultTtlInSeconds: z._default(z.literal(0), 0),
  IdentitySource: z._default(z.array(z.string()), []),
});

/** The authorizers by their id. */
export function routeAuthorizers(assembly: Assembly, intrinsics: Intrinsics): Map<string, RouteAuthorizer> {
  return new Map(
    resourcesOfType(assembly, "AWS::ApiGatewayV2::Authorizer").map((resource) => [
      intrinsics.text({ Ref: resource.logicalId }, resource.stack),
      authorizerOf(intrinsics.properties(resource)),
    ]),
  );
}

function authorizerOf(properties: unknown): RouteAuthorizer {
  const { data, error } = Authorizer.safeParse(properties);
  if (data === undefined) return { notPlayed: error.issues.map(({ path }) => path.join(".")).join(", ") };
  const functionName = functionNameOf(data.AuthorizerUri);
  if (functionName === undefined) return { notPlayed: "AuthorizerUri" };
  const identitySources: IdentitySource[] = [];
  for (const source of data.IdentitySource) {
    const [, kind, name] = /^\$request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
    if ((kind !== "header" && kind !== "querystring") || name === undefined)
      return { notPlayed: `IdentitySource ${source}` };
    identitySources.push({ kind, name });
  }
  return { functionName, identitySources };
}
