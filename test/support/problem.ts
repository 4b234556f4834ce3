import * as z from "zod/mini";
import type { Answer } from "./invoke";

const Problem = z.object({
  type: z.string().check(z.regex(/^urn:larder:problem:[a-z-]+$/)),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
});

/** That an answer is problem+json, and tells nothing of our insides. */
export function expectProblem(answer: Answer): void {
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(Problem.parse(answer.body).status).toBe(answer.status);
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:\d|\bat .*\(/);
}
