import { setTimeout as pause } from "node:timers/promises";
import { RedisUnavailableError } from "./unavailable";

const firstPauseMs = 25;

/**
 * Tries again when the connection was lost under way: for a script that does nothing the second time.
 *
 * @param attempt takes no longer than it is given
 * @throws RedisUnavailableError of the first attempt that may have been carried out
 */
export async function untilAnswered<T>(deadlineMs: number, attempt: (leftMs: number) => Promise<T>): Promise<T> {
  const begunMs = performance.now();
  let leftMs = deadlineMs;
  let lost: RedisUnavailableError | undefined;
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2)
    try {
      return await attempt(leftMs);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      leftMs = deadlineMs - pauseMs - (performance.now() - begunMs);
      // Once it was lost it is known that there was a Redis a moment ago: then a breaker is waited for, too.
      const isLost = error.reason === "failed" || (lost !== undefined && error.reason === "refused");
      if (!isLost || leftMs <= 0) throw lost ?? error;
      lost ??= error;
      await pause(pauseMs); // a cluster's node has to be connected anew first
    }
}
