/** Makes a Lambda handler that a schedule calls: builds its services once, and does one run with each call. */
import type { Context } from "aws-lambda";
import type * as z from "zod/mini";
import { builtOnce } from "./built-once";
import { readEnvironment } from "./environment";
import { Invocation } from "./invocation";
import { logger } from "./logger";

export interface ScheduledFunctionOptions<Schema extends z.ZodMiniType, Services> {
  readonly env: Schema;
  /** The only place with `new`. It runs once for each environment, and again if it failed. */
  readonly services: (env: z.output<Schema>, invocation: Invocation) => Services;
  /** What is left undone, the next run must find by itself: nothing is handed on. A run that throws has failed. */
  readonly run: (services: Services, invocation: Invocation) => Promise<void>;
}

export type ScheduledHandler = (event: unknown, context: Context) => Promise<void>;

export function scheduledFunction<Schema extends z.ZodMiniType, Services>(
  options: ScheduledFunctionOptions<Schema, Services>,
): ScheduledHandler {
  const made = builtOnce(() => {
    const invocation = new Invocation();
    return { invocation, services: options.services(readEnvironment(options.env), invocation) };
  });

  return async (_event, context) => {
    logger.addContext(context);
    const { invocation, services } = made();
    invocation.begin(context);
    try {
      await options.run(services, invocation);
    } catch (error) {
      logger.error("a run failed", { error });
      // The runtime logs what is thrown with all that hangs on it, which may be a secret: not the error itself, then.
      throw new Error(`the run failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await invocation.end();
    }
  };
}
