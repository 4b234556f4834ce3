import type { APIGatewayProxyEventV2 } from "aws-lambda";

/**
 * An event as the router can take it. It makes a web `Request`, which throws at a body on GET and at a host or scheme that
 * can't be in a URL, and resolves dots and cuts at `?` in a path that API Gateway has decoded already. So it gets the path of
 * the route that the gateway chose, for it must not choose another, with nothing of the caller's in it; parameters are handed
 * over by themselves. Names of media types may be written in capitals.
 */
export function forRouter(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const { requestContext, headers } = event;
  return {
    ...event,
    rawPath: pathOf(event),
    headers: {
      ...headers,
      host: undefined,
      "x-forwarded-proto": undefined,
      "content-type": headers["content-type"]?.toLowerCase(),
    },
    requestContext: { ...requestContext, domainName: "api" },
    ...(requestContext.http.method === "GET" && { body: undefined }),
  };
}

function pathOf({ routeKey, rawPath }: APIGatewayProxyEventV2): string {
  const [, route] = routeKey.split(" ");
  return route === undefined ? rawPath : route.replace(/\{(\w+)\}/g, "$1");
}
