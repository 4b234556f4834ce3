/** What a service asks of locks over HTTP, and what it is answered. */
import * as z from "zod/mini";
import { jsonObject } from "./json-object";
import { wellFormed } from "./text";

/** A request must end before API Gateway gives up. */
const longestWaitMs = 5_000;

export const LockPath = z.object({ name: z.string().check(z.minLength(1), z.maxLength(200), wellFormed) });

const holder = z.string().check(z.regex(/^[\x21-\x7e]{1,128}$/, "must be 1 to 128 visible ASCII characters"));
const leaseMs = z.int().check(z.minimum(10), z.maximum(3_600_000));
const token = z.int().check(z.minimum(1));

export const LockWish = jsonObject({
  leaseMs,
  waitMs: z._default(z.int().check(z.minimum(0), z.maximum(longestWaitMs)), 0),
  /** A name for this acquisition alone: asked again with the same one, it is the same lease. */
  holder: z.optional(holder),
});

export const LockRenewal = jsonObject({ token, holder, leaseMs });

/** Of the lease that is given back. */
export const LockRelease = z.strictObject({
  token: z.pipe(
    z.string().check(z.regex(/^[1-9]\d{0,15}$/, "must be a token that an acquisition answered")),
    z.pipe(z.transform(Number), token),
  ),
  holder,
});

export const LockAcquisition = z.discriminatedUnion("acquired", [
  z.object({
    acquired: z.literal(true),
    /** Greater than that of every earlier lease: what the lock protects refuses a write under an older one. */
    token,
    holder: z.string(),
    /** How long it is surely had, counted from when it was asked for. */
    remainingMs: z.int(),
    /** Once the primary has it, or once all replicas have it, too. */
    safety: z.enum(["best-effort", "replicated"]),
  }),
  z.object({
    acquired: z.literal(false),
    reason: z.enum(["held", "unreplicated", "late", "ended"]),
    retryAfterMs: z.int(),
  }),
]);
export type LockAcquisition = z.infer<typeof LockAcquisition>;

/** `remainingMs`: counted from before the call; 0 for a lease that is over. */
export const LockRenewed = z.object({ renewed: z.boolean(), remainingMs: z.int() });
export type LockRenewed = z.infer<typeof LockRenewed>;

/** `false`: the lease was over, and another one has had the lock since. */
export const LockReleased = z.object({ released: z.boolean() });
export type LockReleased = z.infer<typeof LockReleased>;

export const LockStatus = z.object({
  held: z.boolean(),
  /** 0 for a lock that nobody has. */
  remainingMs: z.int(),
  waiters: z.int(),
});
export type LockStatus = z.infer<typeof LockStatus>;
