import { checkFunction, checkOptionalFunction } from "../given-function";
import type { RedisClient } from "../redis/connect";
import { checkName } from "../redis/keys";
import type { UnavailableReason } from "../redis/unavailable";
import { checkWholeNumber, longestTimerMs } from "../whole-number";
import { longestMs } from "./job";

export interface QueueOptions<Data> {
  /** From `connectRedis`, to a Redis that evicts nothing. */
  readonly redis: RedisClient;
  /** Processes that use the same name share the queue. */
  readonly name: string;
  /** Checks what a job holds. `undefined`, or an error: no release can do it, and it goes to the dead letters. Answers at once. */
  readonly parse: (json: unknown) => Data | undefined;
  /** For how long a claim stands that isn't extended; then somebody else gets the job. @default 30,000 */
  readonly visibilityMs?: number;
  /** Lapsed claims count, too. @default 5 */
  readonly maxAttempts?: number;
  /** How long after the attempt of that number (1 for the first) the next may begin. @default 1 s, doubled each time, at most 5 min */
  readonly backoffMs?: (attempt: number) => number;
  /** For how long an id that the caller gave isn't added again once its job is done. @default 300,000 */
  readonly dedupeMs?: number;
  /** For how long jobs are kept when nobody adds or claims any, beyond their delay. @default 14 days */
  readonly keepMs?: number;
  /** For how long dead letters are kept. @default 14 days */
  readonly keepDeadMs?: number;
  /** How long Redis may take to answer, another attempt included if the connection was lost under way. @default 500 */
  readonly deadlineMs?: number;
  /** Told of what the operator should know. What it throws, or rejects with, is dropped. @default - nobody is told */
  readonly onEvent?: (event: QueueEvent) => void;
  /** Redis' time in µs, where a test gives it. @default - Redis' own */
  readonly redisTimeUs?: () => number;
}

export type QueueOperation =
  | "add"
  | "claim"
  | "ack"
  | "nack"
  | "release"
  | "extend"
  | "refuse unreadable jobs"
  | "count jobs"
  | "list dead letters"
  | "retry dead letter";

export type QueueEvent =
  /** So many claims lapsed before their jobs were done: the jobs are given out again, or are dead. */
  | { readonly type: "lapsed"; readonly queue: string; readonly jobs: number }
  /** So many jobs went to the dead letters. */
  | { readonly type: "dead"; readonly queue: string; readonly jobs: number }
  /** So many receipts were of claims that don't stand any more. */
  | {
      readonly type: "refused";
      readonly queue: string;
      readonly operation: QueueOperation;
      readonly receipts: number;
    }
  | {
      readonly type: "unavailable";
      readonly queue: string;
      readonly operation: QueueOperation;
      readonly reason: UnavailableReason | "failed";
    };

const fourteenDaysMs = 14 * 86_400_000;

/** With the defaults filled in. Throws a RangeError, or a TypeError, that shows the value. */
export function checkOptions<Data>(options: QueueOptions<Data>) {
  const { name, visibilityMs = 30_000, maxAttempts = 5, dedupeMs = 300_000, deadlineMs = 500 } = options;
  const { keepMs = fourteenDaysMs, keepDeadMs = fourteenDaysMs } = options;
  checkName(name, "a queue's name");
  checkFunction(`parse of queue ${name}`, options.parse);
  checkOptionalFunction(`onEvent of queue ${name}`, options.onEvent);
  for (const [option, ms] of Object.entries({ keepMs, keepDeadMs }))
    checkWholeNumber(`${option} of queue ${name}`, ms, 1, longestMs);
  checkWholeNumber(`deadlineMs of queue ${name}`, deadlineMs, 1, longestTimerMs);
  checkWholeNumber(`dedupeMs of queue ${name}`, dedupeMs, 0, longestMs);
  checkWholeNumber(`maxAttempts of queue ${name}`, maxAttempts, 1, 1_000_000);
  checkVisibility(`visibilityMs of queue ${name}`, visibilityMs, keepMs);
  return { ...options, visibilityMs, maxAttempts, dedupeMs, keepMs, keepDeadMs, deadlineMs };
}

/** Claims mustn't outlive the keys of the queue. */
export function checkVisibility(what: string, ms: number, keepMs: number): void {
  checkWholeNumber(what, ms, 1, keepMs);
}

const firstBackoffMs = 1_000;
const longestBackoffMs = 300_000;

export function usualBackoffMs(attempt: number): number {
  return Math.min(firstBackoffMs * 2 ** (attempt - 1), longestBackoffMs);
}
