/** Answers that are errors, as problem+json (RFC 9457). The one table from what went wrong to an HTTP status is here. */
import type { ErrorCode } from "./errors";

export type ProblemCode = ErrorCode | "method-not-allowed" | "overloaded" | "unhealthy" | "internal";

const problems: Record<ProblemCode, { status: number; title: string; headers?: Record<string, string> }> = {
  "invalid-request": { status: 400, title: "The request is not valid" },
  "not-found": { status: 404, title: "There is no such thing" },
  "method-not-allowed": { status: 405, title: "The method is not allowed here" },
  internal: { status: 500, title: "Something went wrong on our side" },
  "database-unavailable": { status: 503, title: "The database gives no answer", headers: { "retry-after": "2" } },
  overloaded: { status: 503, title: "The service has too much to do", headers: { "retry-after": "1" } },
  unhealthy: { status: 503, title: "The service is not healthy", headers: { "retry-after": "2" } },
};

export interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beside those of RFC 9457. */
  readonly members?: Readonly<Record<string, unknown>>;
}

export function problem(code: ProblemCode, detail: string, { headers, members }: ProblemOptions = {}): Response {
  const { status, title, headers: own } = problems[code];
  return Response.json(
    { type: `urn:larder:problem:${code}`, title, status, detail, ...members },
    { status, headers: { ...own, ...headers, "content-type": "application/problem+json" } },
  );
}
