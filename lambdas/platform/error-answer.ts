/** What a client is answered when something went wrong: problem+json, and a line in the log where we should know of it. */
import { NotFoundError as RouteNotFoundError, RequestValidationError } from "@aws-lambda-powertools/event-handler/http";
import {
  LoadDeadlineError,
  LoadFailedError,
  RedisUnavailableError,
  SessionContendedError,
  TooManyLoadsError,
} from "@larder/toolkit";
import * as z from "zod/mini";
import { AppError } from "./errors";
import { logger } from "./logger";
import { problem } from "./problem";
import { isRedisFull } from "./redis-full";

const ValidationDetails = z.object({
  issues: z.array(z.object({ message: z.string(), path: z.optional(z.array(z.union([z.string(), z.number()]))) })),
});

export function answerTo(error: Error): Response {
  if (error instanceof RequestValidationError) {
    const { issues } = ValidationDetails.parse(error.details);
    if (issues.length === 0) return problem("invalid-request", "the body is not JSON");
    const errors = issues.map(({ path = [], message }) => ({ path: path.join("."), message }));
    return problem("invalid-request", "the request doesn't fit what this route takes", { members: { errors } });
  }
  if (error instanceof RouteNotFoundError) return problem("not-found", error.message);
  if (error instanceof AppError) {
    const answer = problem(error.code, error.message);
    if (answer.status >= 500) logger.warn(error.message, { error });
    return answer;
  }
  if (error instanceof LoadFailedError)
    return problem("database-unavailable", "the data couldn't be read a moment ago");
  if (error instanceof LoadDeadlineError) {
    logger.warn(error.message, { error });
    return problem("database-unavailable", "the data couldn't be read in time");
  }
  if (error instanceof TooManyLoadsError) {
    logger.warn(error.message, { error });
    return problem("overloaded", "too much is being read at once");
  }
  // The cache doesn't need Redis: only sessions come to this.
  if (error instanceof RedisUnavailableError) {
    logger.warn(error.message, { error });
    const done = error.mayBeDone ? ": what you asked for may have been done" : "";
    return problem("sessions-unavailable", `sessions can't be reached at the moment${done}`);
  }
  if (isRedisFull(error)) {
    logger.error("the redis of sessions is full", { error });
    return problem("sessions-unavailable", "no session can be made or changed at the moment");
  }
  if (error instanceof SessionContendedError) {
    logger.warn(error.message, { error });
    return problem("overloaded", "too many requests change this session at once");
  }
  logger.error("a request failed", { error });
  return problem("internal", "the error is logged under the request's id");
}
