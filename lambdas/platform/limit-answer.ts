import { type Decision, quotaExceeded, rateLimitFields } from "@larder/toolkit";
import { problem } from "./problem";

/** What a client is answered that a limit has denied, or that can't be counted while Redis gives no answer. */
export function deniedAnswer(decision: Decision): Response {
  if (decision.degraded) return problem("limits-unavailable", "this is not answered without being counted");
  const { policy, retryAfterMs } = decision;
  return problem("too-many-requests", `${policy} allows no more: try again in ${Math.ceil(retryAfterMs / 1_000)} s`, {
    headers: rateLimitFields(decision),
    members: quotaExceeded(decision),
  });
}

/** Adds how the client stands with its limits. */
export function tellLimits(headers: Headers, decision: Decision): void {
  if (decision.degraded) return;
  for (const [name, value] of Object.entries(rateLimitFields(decision))) headers.set(name, value);
}
