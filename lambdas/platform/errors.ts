import type { RedisUnavailableError } from "@larder/toolkit";

/**
 * What can go wrong in a way that the caller should know of. The code is for programs, the message for people; which HTTP
 * status a code becomes is said once, in contract/problems.ts.
 */
export type ErrorCode =
  | "not-found"
  | "invalid-request"
  | "not-signed-in"
  | "wrong-credentials"
  | "not-allowed"
  | "conflict"
  | "sessions-unavailable"
  | "locks-unavailable"
  | "database-unavailable";

export abstract class AppError extends Error {
  abstract readonly code: ErrorCode;
}

export class NotFoundError extends AppError {
  override readonly name = "NotFoundError";
  readonly code = "not-found";
}

export class InvalidRequestError extends AppError {
  override readonly name = "InvalidRequestError";
  readonly code = "invalid-request";
}

export class NotSignedInError extends AppError {
  override readonly name = "NotSignedInError";
  readonly code = "not-signed-in";
}

export class WrongCredentialsError extends AppError {
  override readonly name = "WrongCredentialsError";
  readonly code = "wrong-credentials";
}

/** For what would be right if things were otherwise. */
export class ConflictError extends AppError {
  override readonly name = "ConflictError";
  readonly code = "conflict";
}

/** For who is signed in, but may not do this. */
export class NotAllowedError extends AppError {
  override readonly name = "NotAllowedError";
  readonly code = "not-allowed";
}

export class SessionsUnavailableError extends AppError {
  override readonly name = "SessionsUnavailableError";
  readonly code = "sessions-unavailable";
}

export class LocksUnavailableError extends AppError {
  override readonly name = "LocksUnavailableError";
  readonly code = "locks-unavailable";

  constructor(cause: RedisUnavailableError) {
    super(`locks can't be reached at the moment${cause.mayBeDone ? ": what you asked for may have been done" : ""}`, {
      cause,
    });
  }
}

export class DatabaseUnavailableError extends AppError {
  override readonly name = "DatabaseUnavailableError";
  readonly code = "database-unavailable";

  constructor(cause: unknown, message = "the database gave no answer") {
    super(message, { cause });
  }
}
