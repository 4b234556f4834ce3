import type { AppError } from "#platform/errors";
import { isRedisFull } from "#platform/redis-full";
import { RedisUnavailableError } from "@larder/toolkit";

/** What a feature answers when its Redis doesn't. */
export interface Unavailable {
  readonly error: new (cause: unknown, message: string) => AppError;
  readonly gone: string;
  readonly full: string;
}

/** Throws the feature's own problem in place of what Redis' absence, or its lack of memory, throws. */
export async function answered<T>({ error: Problem, gone, full }: Unavailable, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RedisUnavailableError)
      throw new Problem(error, error.mayBeDone ? `${gone}: what you asked for may have been done` : gone);
    if (isRedisFull(error)) throw new Problem(error, full);
    throw error;
  }
}
