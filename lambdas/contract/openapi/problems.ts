/** Which errors a route may answer with, and what they tell. */
import type * as z from "zod/mini";
import { Unhealthy } from "../health";
import { OutOfStock } from "../orders";
import { InvalidRequest, Problem, QuotaExceeded } from "../problem-schemas";
import type { ProblemCode } from "../problems";
import type { ApiRoute } from "../routes";
import type { Operation } from "./operation";

/** Of a route that may read the database behind the cache. */
export const whileLoading: readonly ProblemCode[] = ["database-unavailable", "overloaded"];

export function problemsOf(
  { access, limit, throttle }: ApiRoute,
  { request, problems = [] }: Operation,
): ProblemCode[] {
  const all = new Set<ProblemCode>();
  if (request !== undefined) all.add("invalid-request");
  if (access !== "public") all.add("not-signed-in").add("not-allowed").add("sessions-unavailable");
  if (throttle === undefined) all.add("too-many-requests");
  // The limit of all requests is open without Redis, those of users and sign-ins aren't.
  if (throttle === undefined && (access !== "public" || limit !== undefined)) all.add("limits-unavailable");
  for (const code of problems) all.add(code);
  return [...all.add("internal")].sort();
}

export function problemSchemaOf(code: ProblemCode): z.ZodMiniObject {
  return tellingMore[code] ?? Problem;
}

const tellingMore: Partial<Record<ProblemCode, z.ZodMiniObject>> = {
  "invalid-request": InvalidRequest,
  "too-many-requests": QuotaExceeded,
  "out-of-stock": OutOfStock,
  unhealthy: Unhealthy,
};
