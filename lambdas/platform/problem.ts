/** Answers that are errors, as problem+json (RFC 9457). */
import { type ProblemCode, problems, problemType } from "#contract/problems";

export interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beside those of RFC 9457. */
  readonly members?: Readonly<Record<string, unknown>>;
}

export function problem(code: ProblemCode, detail: string, { headers, members }: ProblemOptions = {}): Response {
  const { status, title, headers: own } = problems[code];
  return Response.json(
    { type: problemType(code), title, status, detail, ...members },
    { status, headers: { ...own, ...headers, "content-type": "application/problem+json" } },
  );
}
