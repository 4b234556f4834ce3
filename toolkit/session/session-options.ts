import { checkFunction } from "../given-function";
import { checkWholeNumber, longestTimerMs } from "../whole-number";
import type { Replicated } from "../redis/confirmed-writes";
import type { RedisClient } from "../redis/connect";
import { replicatedBy } from "../redis/safety";
import type { Lifetime } from "./session";

export interface SessionStoreOptions<Data> extends Lifetime {
  /** From `connectRedis`, or any ioredis `Redis` or `Cluster`. Of a Redis that evicts nothing. */
  readonly redis: RedisClient;
  /** A session ends when it wasn't used for so long. */
  readonly idleMs: number;
  /** A session ends so long after the sign-in, used or not. */
  readonly absoluteMs: number;
  /** Checks what lies in a session. `undefined`: this release can't use it, and the session counts for none. Answers at once. */
  readonly parse: (json: unknown) => Data | undefined;
  /**
   * How long Redis may take to answer, the wait for a connection included, and another attempt if it was lost under way.
   * Ending sessions has 500, whatever is said here. @default 500
   */
  readonly deadlineMs?: number;
  /**
   * When an end counts as done: once the primary has it, or once so many replicas have it, too. Only then does a failover
   * bring no signed-out session back. @default "best-effort" - the primary's word
   */
  readonly safety?: "best-effort" | Replicated;
  /** A session that is read again within this time isn't written; it may end so much before `idleMs`. @default idleMs / 20 */
  readonly touchEveryMs?: number;
}

export const usualDeadlineMs = 500;

/** With the defaults filled in. Throws a RangeError, or a TypeError, that shows the value. */
export function checkOptions<Data>(options: SessionStoreOptions<Data>) {
  const { idleMs, absoluteMs, parse, deadlineMs = usualDeadlineMs, safety = "best-effort" } = options;
  const { touchEveryMs = Math.floor(idleMs / 20) } = options;
  checkFunction("parse of a session store", parse);
  for (const [name, ms] of Object.entries({ idleMs, absoluteMs })) checkWholeNumber(name, ms, 1);
  checkWholeNumber("deadlineMs", deadlineMs, 1, longestTimerMs);
  checkWholeNumber("touchEveryMs", touchEveryMs, 0);
  if (absoluteMs < idleMs) throw new RangeError(`absoluteMs is ${absoluteMs}: give at least idleMs, ${idleMs}`);
  if (touchEveryMs >= idleMs) throw new RangeError(`touchEveryMs is ${touchEveryMs}: give less than idleMs, ${idleMs}`);
  return { lifetime: { idleMs, absoluteMs }, parse, deadlineMs, replicated: replicatedBy(safety), touchEveryMs };
}
