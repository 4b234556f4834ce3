/**
 * Every route of the API, who may call it, and the function that answers it. lib builds the HTTP API from this table, with the
 * authorizer before every route that isn't public; what matches no route reaches `unmatched`, which answers 404 or 405 from
 * the same table.
 */
import { type Role, roles } from "./identity";
import type { ApiLimit } from "./limits";

type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface ApiRoute {
  readonly method: HttpMethod;
  /** As API Gateway writes it: `/movies/{id}`. */
  readonly path: string;
  readonly function: "catalog" | "accounts" | "checkout" | "leaderboards" | "coordination" | "operations";
  /** `public`: anybody, and nobody is asked who they are. Else those who are signed in with one of these roles. */
  readonly access: "public" | readonly Role[];
  /** What a request counts against by its address, beside the limits of every request. */
  readonly limit?: ApiLimit;
  /** The gateway's own for this route, of all callers together, where the function can count nothing: it reaches no Redis. */
  readonly throttle?: { readonly requestsPerSecond: number; readonly burst: number };
}

/** People look, and not often: AWS allows few calls of this kind, and fewer failovers. */
const byHand = { requestsPerSecond: 1, burst: 5 };

const routes = [
  { method: "GET", path: "/movies", function: "catalog", access: "public" },
  { method: "GET", path: "/movies/{id}", function: "catalog", access: "public" },
  { method: "POST", path: "/movies", function: "catalog", access: ["admin"] },
  { method: "PATCH", path: "/movies/{id}", function: "catalog", access: ["admin"] },
  { method: "DELETE", path: "/movies/{id}", function: "catalog", access: ["admin"] },
  { method: "POST", path: "/users", function: "accounts", access: "public", limit: "sign-in-address" },
  { method: "GET", path: "/users/{id}", function: "accounts", access: roles },
  { method: "PATCH", path: "/users/{id}", function: "accounts", access: roles, limit: "sign-in-address" },
  { method: "DELETE", path: "/users/{id}", function: "accounts", access: roles },
  { method: "POST", path: "/sessions", function: "accounts", access: "public", limit: "sign-in-address" },
  { method: "GET", path: "/sessions", function: "accounts", access: roles },
  { method: "DELETE", path: "/sessions/current", function: "accounts", access: roles },
  { method: "DELETE", path: "/sessions", function: "accounts", access: roles },
  { method: "GET", path: "/cart", function: "accounts", access: ["user", "admin"] },
  { method: "PUT", path: "/cart/items/{movieId}", function: "accounts", access: ["user", "admin"] },
  { method: "DELETE", path: "/cart/items/{movieId}", function: "accounts", access: ["user", "admin"] },
  { method: "POST", path: "/orders", function: "checkout", access: ["user", "admin"] },
  { method: "GET", path: "/orders", function: "checkout", access: ["user", "admin"] },
  { method: "GET", path: "/orders/{id}", function: "checkout", access: ["user", "admin"] },
  { method: "GET", path: "/leaderboards/{board}", function: "leaderboards", access: "public" },
  { method: "GET", path: "/leaderboards/{board}/around/{movieId}", function: "leaderboards", access: "public" },
  { method: "GET", path: "/health", function: "catalog", access: "public" },
  { method: "POST", path: "/limits/{policy}/consume", function: "coordination", access: ["service"] },
  { method: "GET", path: "/limits/{policy}/{subject}", function: "coordination", access: ["service"] },
  { method: "PUT", path: "/locks/{name}", function: "coordination", access: ["service"] },
  { method: "PATCH", path: "/locks/{name}", function: "coordination", access: ["service"] },
  { method: "DELETE", path: "/locks/{name}", function: "coordination", access: ["service"] },
  { method: "GET", path: "/locks/{name}", function: "coordination", access: ["service"] },
  { method: "GET", path: "/admin/queues/{name}", function: "coordination", access: ["admin"] },
  { method: "GET", path: "/admin/queues/{name}/dead", function: "coordination", access: ["admin"] },
  { method: "POST", path: "/admin/queues/{name}/dead/{id}/retry", function: "coordination", access: ["admin"] },
  { method: "GET", path: "/admin/cache", function: "operations", access: ["admin"], throttle: byHand },
  { method: "POST", path: "/admin/cache/failover", function: "operations", access: ["admin"], throttle: byHand },
  { method: "GET", path: "/openapi.json", function: "coordination", access: "public" },
] as const satisfies readonly ApiRoute[];

export const apiRoutes: readonly ApiRoute[] = routes;

type KeyOf<Route> = Route extends ApiRoute ? `${Route["method"]} ${Route["path"]}` : never;

/** A route as API Gateway names it: `GET /movies/{id}`. Each is described in `openapi/`, or the project doesn't compile. */
export type RouteKey = KeyOf<(typeof routes)[number]>;

export function isRouteKey(text: string): text is RouteKey {
  return routes.some(({ method, path }) => `${method} ${path}` === text);
}
