/**
 * Every route of the API, and the function that answers it. lib builds the HTTP API from this table; what matches no
 * route reaches `unmatched`, which answers 404 or 405 from the same table.
 */
type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface ApiRoute {
  readonly method: HttpMethod;
  /** As API Gateway writes it: `/movies/{id}`. */
  readonly path: string;
  readonly function: "catalog" | "accounts";
}

export const apiRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/movies", function: "catalog" },
  { method: "GET", path: "/movies/{id}", function: "catalog" },
  { method: "GET", path: "/users/{id}", function: "accounts" },
  { method: "GET", path: "/health", function: "catalog" },
];
