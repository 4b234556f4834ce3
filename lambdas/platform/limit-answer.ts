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

/** How the client stands with its limits, as headers. */
export function limitFields(decision: Decision): Readonly<Record<string, string>> {
  return decision.degraded ? {} : rateLimitFields(decision);
}
