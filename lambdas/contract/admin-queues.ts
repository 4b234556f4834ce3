/** What administrators ask of queues, and what they are answered. */
import * as z from "zod/mini";
import { queueNames } from "./queues";
import { wellFormed } from "./text";
import { wholeNumber } from "./whole-number";

const name = z.enum(queueNames);

export const QueuePath = z.object({ name });

/** Ids hold what whoever added the job likes. */
export const DeadLetterPath = z.object({
  name,
  id: z.string().check(z.minLength(1), z.maxLength(512), wellFormed),
});

export const DeadLetterQuery = z.strictObject({ max: z._default(wholeNumber(100), 20) });

export const QueueStatus = z.object({
  /** Due now. */
  waiting: z.int(),
  /** Due later. */
  delayed: z.int(),
  /** Taken by somebody who is at it. */
  inFlight: z.int(),
  dead: z.int(),
  /** For how long the oldest has been due that nobody has taken; 0 if there is none. */
  oldestWaitingMs: z.int(),
});
export type QueueStatus = z.infer<typeof QueueStatus>;

export const DeadLetterList = z.object({
  /** The newest first. */
  items: z.array(
    z.object({
      id: z.string(),
      /** As it was added, whatever release did it. */
      data: z.unknown(),
      attempts: z.int(),
      /** What kind of error ended the last attempt; what it said is in the log. */
      reason: z.string(),
      addedAt: z.iso.datetime(),
      diedAt: z.iso.datetime(),
    }),
  ),
});
export type DeadLetterList = z.infer<typeof DeadLetterList>;
