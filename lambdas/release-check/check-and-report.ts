import { logger } from "#platform/logger";
import * as z from "zod/mini";
import type { ReleaseCheckServices } from "./services";

/** What CodeDeploy calls a hook with. */
const HookEvent = z.object({ DeploymentId: z.string(), LifecycleEventHookExecutionId: z.string() });

export interface CheckContext extends ReleaseCheckServices {
  /** Their ARNs. @throws if they aren't known */
  readonly versions: () => readonly string[];
  readonly remainingMs: () => number;
}

/** For the word to CodeDeploy, which would wait for an hour without one. */
const reportMs = 20_000;

/**
 * Checks all versions and says what came of it, in the log as well. Whatever happens to the check, there is a report before the
 * invocation ends.
 *
 * @throws if CodeDeploy doesn't take the report, or wasn't who called
 */
export async function checkAndReport(event: unknown, context: CheckContext): Promise<void> {
  const { DeploymentId: deploymentId, LifecycleEventHookExecutionId: lifecycleEventHookExecutionId } =
    HookEvent.parse(event);
  const faults = await faultsInTime(context);
  const status = faults.length === 0 ? "Succeeded" : "Failed";
  if (status === "Failed") logger.error("a release was refused", { deploymentId, faults });
  else logger.info("a release may begin", { deploymentId });
  await context.deployments.report({ deploymentId, lifecycleEventHookExecutionId }, status);
}

async function faultsInTime(context: CheckContext): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve(["the check took too long"]), Math.max(0, context.remainingMs() - reportMs));
  });
  try {
    return await Promise.race([faultsOfAll(context), late]);
  } catch (error) {
    return [`the check failed: ${error instanceof Error ? error.message : "it threw what isn't an error"}`];
  } finally {
    clearTimeout(timer);
  }
}

async function faultsOfAll({ versions, asked }: CheckContext): Promise<readonly string[]> {
  const faults = await Promise.all(
    versions().map(async (arn) => (await asked.faultsOf(arn)).map((fault) => `${arn}: ${fault}`)),
  );
  return faults.flat();
}
