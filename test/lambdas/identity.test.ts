import { routes as accountsRoutes } from "../../lambdas/accounts/endpoints";
import { type ApiRoute, apiRoutes } from "../../lambdas/contract/routes";
import { accessOf, identityOf } from "../../lambdas/platform/identity";
import { httpFunction } from "../../lambdas/platform/http-function";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import fc from "fast-check";
import * as z from "zod/mini";
import { httpEvent, invoke, lambdaContext, type RequestOptions } from "../support/invoke";

const user = { userId: "7", role: "user", sessionId: "s7" } as const;

/** A function with an endpoint for every route of the API, which tells that it ran. */
function everything() {
  const ran: string[] = [];
  const handler = httpFunction({
    limits: "none",
    env: z.object({}),
    services: () => undefined,
    routes: (router) => {
      for (const { method, path } of apiRoutes)
        router.route(
          () => {
            ran.push(`${method} ${path}`);
            return {};
          },
          { method, path: routerPath(path) },
        );
    },
  });
  return { ran, handler };
}

const routerPath = (path: string) => path.replace(/\{(\w+)\}/g, ":$1") as `/${string}`;
const protectedRoutes = apiRoutes.filter(({ access }) => access !== "public");
const target = ({ path }: ApiRoute) => path.replace(/\{\w+\}/g, "1");

describe.each(protectedRoutes)("$method $path", (route) => {
  const call = (options?: RequestOptions) => {
    const { ran, handler } = everything();
    return invoke(handler, route.method, target(route), options).then((answer) => ({ ...answer, ran }));
  };

  it("answers 401 to who isn't signed in", async () => {
    expect(await call()).toMatchObject({
      status: 401,
      headers: { "content-type": "application/problem+json", "www-authenticate": "Bearer" },
      body: { type: "urn:larder:problem:not-signed-in" },
      ran: [],
    });
  });

  it("answers 503 while sessions can't be read", async () => {
    expect(await call({ as: "unavailable" })).toMatchObject({
      status: 503,
      headers: { "content-type": "application/problem+json", "retry-after": "2" },
      body: { type: "urn:larder:problem:sessions-unavailable" },
      ran: [],
    });
  });

  it.each(["user", "admin", "service"] as const)("answers a %s as its access says", async (role) => {
    const { status, ran } = await call({ as: { ...user, role } });
    const admitted = route.access !== "public" && route.access.includes(role);
    expect([status, ran]).toEqual(admitted ? [200, [`${route.method} ${route.path}`]] : [403, []]);
  });
});

it.each(apiRoutes.filter(({ access }) => access === "public"))(
  "$method $path asks nobody who they are",
  async (route) => {
    const { ran, handler } = everything();
    expect((await invoke(handler, route.method, target(route))).status).toBe(200);
    expect(ran).toEqual([`${route.method} ${route.path}`]);
  },
);

describe("a route that isn't public", () => {
  const [route] = protectedRoutes;
  const event = httpEvent(route!.method, target(route!));
  const withAuthorizer = (authorizer: unknown) =>
    ({ ...event, requestContext: { ...event.requestContext, authorizer } }) as APIGatewayProxyEventV2;

  it("runs no endpoint without a finding of the authorizer, whatever stands in its place", async () => {
    const finding = fc.oneof(
      fc.anything(),
      fc.record({ lambda: fc.anything() }),
      fc.record({
        lambda: fc.record({ state: fc.constantFrom("signed-in", "signed-out", "admin", ""), role: fc.string() }),
      }),
      fc.record({ lambda: fc.constant({ ...user, state: "signed-in", role: "root" }) }),
      fc.record({ jwt: fc.constant({ claims: { ...user, state: "signed-in" } }) }),
    );
    fc.assert(
      fc.property(finding, (authorizer) => {
        expect(accessOf(withAuthorizer(authorizer)).refusal).toBeInstanceOf(Error);
      }),
      { numRuns: 1_000 },
    );

    const { ran, handler } = everything();
    for (const authorizer of [undefined, null, {}, { lambda: null }, { lambda: { ...user } }])
      expect((await handler(withAuthorizer(authorizer), lambdaContext())).statusCode).toBe(500);
    expect(ran).toEqual([]);
  });

  it("takes no identity from headers, query or body", async () => {
    const { ran, handler } = everything();
    const claims = JSON.stringify({ state: "signed-in", ...user, role: "admin" });
    const headers = {
      authorizer: claims,
      "x-user-id": "1",
      "x-amzn-authorizer": claims,
      authorization: "Bearer admin",
    };
    const forged = `${target(route!)}?state=signed-in&userId=1&role=admin&sessionId=s`;
    expect((await invoke(handler, route!.method, forged, { headers, body: claims })).status).toBe(401);
    expect(ran).toEqual([]);
  });

  it("refuses before it looks at what was sent", async () => {
    const services = { users: undefined } as never;
    const handler = httpFunction({
      limits: "none",
      env: z.object({}),
      services: () => services,
      routes: accountsRoutes,
    });
    expect((await invoke(handler, "GET", "/users/not-an-id")).status).toBe(401);
  });
});

it("admits nobody to a route that the contract doesn't know", async () => {
  const { ran, handler } = everything();
  const event = { ...httpEvent("GET", "/health", { as: { ...user, role: "admin" } }), routeKey: "GET /secrets" };
  expect((await handler(event, lambdaContext())).statusCode).toBe(404);
  expect(ran).toEqual([]);
});

describe("an endpoint", () => {
  it("learns who asks from the authorizer's finding", () => {
    const [route] = protectedRoutes;
    expect(identityOf(httpEvent(route!.method, target(route!), { as: user }))).toEqual(user);
  });

  it("fails where it asks on a public route: nobody has looked", () => {
    expect(() => identityOf(httpEvent("GET", "/health", { as: user }))).toThrow("no authorizer has said who asks");
  });
});
