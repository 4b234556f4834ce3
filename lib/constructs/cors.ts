import { Duration } from "aws-cdk-lib";
import { CorsHttpMethod, type CorsPreflightOptions } from "aws-cdk-lib/aws-apigatewayv2";
import { apiRoutes } from "../../lambdas/contract/routes";

/**
 * Lets pages of these origins call the API; `undefined` where there are none. Cookies are never let through: the API knows none,
 * a token travels in `authorization`. So a page can do no more than whoever gave it a token.
 */
export function corsFor(origins: readonly string[]): CorsPreflightOptions | undefined {
  if (origins.length === 0) return undefined;
  const methods = new Set(apiRoutes.map(({ method }) => method));
  return {
    allowOrigins: [...origins],
    allowMethods: [...methods].map((method) => CorsHttpMethod[method]),
    allowHeaders: ["authorization", "content-type", "idempotency-key"],
    // What a page couldn't read otherwise.
    exposeHeaders: [
      "allow",
      "etag",
      "location",
      "ratelimit",
      "ratelimit-policy",
      "retry-after",
      "www-authenticate",
      "x-cache",
    ],
    maxAge: Duration.hours(1),
  };
}

/** Finds origins that no browser would send, and that API Gateway would refuse or never match. */
export function* findCorsMistakes(origins: readonly string[]): Generator<string> {
  for (const origin of origins)
    if (origin !== "*" && !isOrigin(origin))
      yield `corsOrigins names "${origin}": use scheme, host and port as a browser sends them, such as https://shop.example.com`;
  if (origins.includes("*") && origins.length > 1)
    yield `corsOrigins names * beside others: leave the others out, since * lets all pages in, or leave * out`;
  if (new Set(origins).size < origins.length) yield `corsOrigins names an origin twice: ${origins.join(", ")}`;
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*/]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
