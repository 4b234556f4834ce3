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
      if (error.reason !== "failed" || leftMs <= 0) throw lost ?? error;
      lost ??= error;
      await pause(pauseMs); // a cluster's node has to be connected anew first
    }
}
