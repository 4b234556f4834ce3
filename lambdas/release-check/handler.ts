/** Tells CodeDeploy whether new versions may have callers: each is asked to do, once, what it is there for. */
import { releaseCheckEnv } from "#contract/functions";
import { readEnvironment } from "#platform/environment";
import { logger } from "#platform/logger";
import type { Context } from "aws-lambda";
import { checkAndReport } from "./check-and-report";
import { buildServices } from "./services";

const services = buildServices();

export const handler = async (event: unknown, context: Context): Promise<void> => {
  logger.addContext(context);
  await checkAndReport(event, {
    ...services,
    // Read here, so that a fault of it is reported, too.
    versions: () => readEnvironment(releaseCheckEnv).CHECKED_VERSIONS,
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
};
