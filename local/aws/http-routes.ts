/** Chooses the route of a request as an HTTP API does. */
export interface Route {
  /** As in the template: `GET /movies/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly key: string;
}

export interface RouteMatch<R extends Route> {
  readonly route: R;
  /** What the request's path must be to the function. */
  readonly path: string;
  readonly pathParameters: Record<string, string>;
}

/**
 * The most specific route: whole paths before greedy ones before `$default`; fixed words before variables; its own
 * method before `ANY`.
 *
 * API Gateway decodes a path twice: routes are chosen by the path decoded once, cut at a `?` that came to light; the
 * function gets it decoded again. So `a%2Fb` is two segments, `a%252Fb` one with the value `a/b`. Seen on live APIs.
 *
 * @returns `invalid` where the path can't be decoded, `undefined` where no route fits
 */
export function matchRoute<R extends Route>(
  routes: readonly R[],
  method: string,
  encodedPath: string,
): RouteMatch<R> | "invalid" | undefined {
  const once = decode(encodedPath)?.split("?")[0];
  const path = once === undefined ? undefined : decode(once);
  if (once === undefined || path === undefined) return "invalid";

  const segments = once.split("/");
  const fitting = routes
    .map((route) => ({ route, variables: variablesOf(route.key, method, segments) }))
    .filter(({ variables }) => variables !== undefined)
    .sort((one, other) => compareKeys(one.route.key, other.route.key));
  const [best] = fitting;
  if (best === undefined) return undefined;

  const pathParameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(best.variables ?? {})) pathParameters[name] = decode(value) ?? value;
  return { route: best.route, path, pathParameters };
}

/** The values of a route's path variables, or `undefined` if it doesn't fit. */
function variablesOf(key: string, method: string, segments: readonly string[]): Record<string, string> | undefined {
  if (key === "$default") return {};
  const [routeMethod = "", routePath = ""] = key.split(" ");
  if (routeMethod !== "ANY" && routeMethod !== method) return undefined;

  const pattern = routePath.split("/");
  const variables: Record<string, string> = {};
  for (const [at, word] of pattern.entries()) {
    const segment = segments[at];
    const variable = /^\{(.+?)(\+?)\}$/.exec(word);
    if (variable?.[1] === undefined) {
      if (segment !== word) return undefined;
    } else if (segment === undefined || segment === "") return undefined;
    else if (variable[2] === "+") return { ...variables, [variable[1]]: segments.slice(at).join("/") };
    else variables[variable[1]] = segment;
  }
  return segments.length === pattern.length ? variables : undefined;
}

/** Negative if the first is more specific. */
function compareKeys(one: string, other: string): number {
  const [a, b] = [rank(one), rank(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorts before the ranks of less specific routes: greedy or not, then a digit for each segment, then the method. */
function rank(key: string): string {
  if (key === "$default") return "3";
  const [method, path = ""] = key.split(" ");
  const greedy = path.endsWith("+}") ? "2" : "1";
  const words = path.split("/").map((word) => (word.endsWith("+}") ? "2" : word.startsWith("{") ? "1" : "0"));
  return `${greedy}${words.join("")}${method === "ANY" ? "9" : "8"}`;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
