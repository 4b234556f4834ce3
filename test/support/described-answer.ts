import { operations } from "../../lambdas/contract/openapi/operations";
import { problemSchemaOf, problemsOf } from "../../lambdas/contract/openapi/problems";
import { problems, problemType } from "../../lambdas/contract/problems";
import { type ApiRoute, isRouteKey } from "../../lambdas/contract/routes";
import type { Answer } from "./invoke";

/** That the description of a route knows this answer: its status, its headers, and all of its body. */
export function expectDescribed(route: ApiRoute, { status, headers, body }: Answer): void {
  const key = `${route.method} ${route.path}`;
  if (!isRouteKey(key)) throw new Error(`${key} is no route`);
  const operation = operations[key];
  const described = operation.answers[status];
  if (described !== undefined) {
    // What a schema doesn't know it drops.
    expect([key, described.body?.parse(body)]).toEqual([key, body]);
    for (const name of described.headers ?? [])
      expect([key, Object.keys(headers)]).toEqual([key, expect.arrayContaining([name])]);
    return;
  }
  const type = (body as { type?: unknown } | undefined)?.type;
  const codes = problemsOf(route, operation).filter((code) => problems[code].status === status);
  const code = codes.find((code) => problemType(code) === type);
  if (code === undefined) throw new Error(`${key} answered ${status} ${String(type)}, which is described nowhere`);
  problemSchemaOf(code).parse(body);
}
