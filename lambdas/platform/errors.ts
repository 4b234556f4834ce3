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
  | "payment-declined"
  | "order-under-way"
  | "idempotency-key-reused"
  | "checkout-unavailable"
  | "sessions-unavailable"
  | "locks-unavailable"
  | "queues-unavailable"
  | "boards-unavailable"
  | "operations-unavailable"
  | "failovers-used-up"
  | "database-unavailable";

export abstract class AppError extends Error {
  abstract readonly code: ErrorCode;
}

/** What is asked for needs something that gave no answer. */
abstract class UnavailableError extends AppError {
  constructor(cause: unknown, message: string) {
    super(message, { cause });
  }
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

export class PaymentDeclinedError extends AppError {
  override readonly name = "PaymentDeclinedError";
  readonly code = "payment-declined";
}

export class OrderUnderWayError extends AppError {
  override readonly name = "OrderUnderWayError";
  readonly code = "order-under-way";
}

export class IdempotencyKeyReusedError extends AppError {
  override readonly name = "IdempotencyKeyReusedError";
  readonly code = "idempotency-key-reused";
}

/** What an order needs gave no answer. It is finished when the request is sent again. */
export class CheckoutUnavailableError extends UnavailableError {
  override readonly name = "CheckoutUnavailableError";
  readonly code = "checkout-unavailable";
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

export class LocksUnavailableError extends UnavailableError {
  override readonly name = "LocksUnavailableError";
  readonly code = "locks-unavailable";
}

export class QueuesUnavailableError extends UnavailableError {
  override readonly name = "QueuesUnavailableError";
  readonly code = "queues-unavailable";
}

export class BoardsUnavailableError extends UnavailableError {
  override readonly name = "BoardsUnavailableError";
  readonly code = "boards-unavailable";

  constructor(cause: RedisUnavailableError) {
    super(cause, "the boards can't be read at the moment");
  }
}

/** ElastiCache itself, not a Redis that it keeps. */
export class OperationsUnavailableError extends UnavailableError {
  override readonly name = "OperationsUnavailableError";
  readonly code = "operations-unavailable";
}

export class FailoversUsedUpError extends AppError {
  override readonly name = "FailoversUsedUpError";
  readonly code = "failovers-used-up";
}

export class DatabaseUnavailableError extends UnavailableError {
  override readonly name = "DatabaseUnavailableError";
  readonly code = "database-unavailable";

  constructor(cause: unknown, message = "the database gave no answer") {
    super(cause, message);
  }
}
