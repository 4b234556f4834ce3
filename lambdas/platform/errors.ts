/**
 * What can go wrong in a way that the caller should know of. The code is for programs, the message for people; which HTTP
 * status a code becomes is said once, in problem.ts.
 */
export type ErrorCode = "not-found" | "invalid-request" | "database-unavailable";

export abstract class AppError extends Error {
  abstract readonly code: ErrorCode;
}

export class NotFoundError extends AppError {
  override readonly name = "NotFoundError";
  readonly code = "not-found";
}

export class DatabaseUnavailableError extends AppError {
  override readonly name = "DatabaseUnavailableError";
  readonly code = "database-unavailable";

  constructor(cause: unknown, message = "the database gave no answer") {
    super(message, { cause });
  }
}
