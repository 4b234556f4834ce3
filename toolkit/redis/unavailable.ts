import { withoutCommand } from "./without-command";

/**
 * Why a command brought no answer: still `connecting`, `disconnected`, past its `deadline`, `refused` by an open breaker, or
 * `failed` on the way. `unreplicated`: the primary carried it out, but too few replicas have it.
 */
export type UnavailableReason = "connecting" | "disconnected" | "deadline" | "refused" | "failed" | "unreplicated";

/**
 * Redis gave no answer in time. A command whose reason is `deadline` or `failed` may have been carried out all the same.
 * A reply that is an error (a wrong type, a missing permission) is not this: it passes as ioredis made it. Where the connection
 * is missing, `cause` is its last error, without the command that failed.
 */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";

  constructor(
    readonly operation: string,
    readonly reason: UnavailableReason,
    options?: ErrorOptions,
  ) {
    super(`redis gave no answer to ${operation}: ${reason}${because(options?.cause)}`, options);
  }

  /** Whether the command may have been carried out all the same. */
  get mayBeDone(): boolean {
    return this.reason === "deadline" || this.reason === "failed" || this.reason === "unreplicated";
  }
}

function because(cause: unknown): string {
  return cause === undefined ? "" : ` (${withoutCommand(cause).message})`;
}
