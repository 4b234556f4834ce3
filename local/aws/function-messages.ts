/** What an environment and the process of its function tell each other. */
import * as z from "zod/mini";

const FunctionError = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.optional(z.array(z.string())),
});
export type FunctionError = z.infer<typeof FunctionError>;

/** From the function's process: how initializing or a call ended. */
export const FunctionReport = z.discriminatedUnion("type", [
  /** Its payload is JSON; empty when it only initialized. */
  z.object({ type: z.literal("answer"), payload: z.string() }),
  z.object({ type: z.literal("error"), error: FunctionError }),
]);
export type FunctionReport = z.infer<typeof FunctionReport>;

/** To the function's process: one call. */
export interface FunctionCall {
  readonly requestId: string;
  readonly traceId: string;
  /** When the call's time is over, in ms since 1970. */
  readonly deadlineMs: number;
  /** The event, as JSON. */
  readonly payload: string;
}
