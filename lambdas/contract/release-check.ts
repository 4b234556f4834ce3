/** What a deploy asks a new version of a function before callers get it, and what it is answered. */
import * as z from "zod/mini";

export const ReleaseQuestion = z.strictObject({ releaseCheck: z.literal(true) });

/** Each thing that was tried, and what was wrong with it. */
export const ReleaseFindings = z.array(z.object({ tried: z.string(), fault: z.optional(z.string()) }));
export type ReleaseFindings = z.infer<typeof ReleaseFindings>;
