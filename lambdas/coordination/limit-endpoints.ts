import { type LimitDecision, LimitPath, LimitQuery, LimitSubjectPath, LimitUse } from "#contract/service-limits";
import { InvalidRequestError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import type { Decision } from "@larder/toolkit";
import type { CoordinationServices } from "./services";

/** A denial is an answer, not an error: it is the service that asks, and its customer who is denied. Headers speak of the service. */
export const routes: Routes<CoordinationServices> = (app, { serviceLimits }) => {
  app.post(
    "/limits/:policy/consume",
    async ({ valid }) => {
      const { subject, cost } = valid.req.body;
      return answer(await affordable(() => serviceLimits[valid.req.path.policy].consume(subject, { cost })));
    },
    { validation: { req: { path: LimitPath, body: LimitUse } } },
  );

  app.get(
    "/limits/:policy/:subject",
    async ({ valid }) => {
      const { policy, subject } = valid.req.path;
      const { cost } = valid.req.query;
      return answer(await affordable(() => serviceLimits[policy].peek(subject, { cost })));
    },
    { validation: { req: { path: LimitSubjectPath, query: LimitQuery } } },
  );
};

/** A cost that a policy could never allow is the caller's mistake. */
async function affordable(ask: () => Promise<Decision>): Promise<Decision> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidRequestError(error.message);
    throw error;
  }
}

function answer(decision: Decision): Response {
  const { allowed, policy, remaining, retryAfterMs, resetMs, degraded } = decision;
  const body: LimitDecision = { allowed, policy, remaining, retryAfterMs, resetMs, degraded };
  return Response.json(body);
}
