import type { Invocation } from "#platform/invocation";
import { logger } from "#platform/logger";
import type { WorkerServices } from "./services";
import { tidyUp } from "./tidy-up";
import { workAtQueues } from "./work-at-queues";

/**
 * One run of the worker: first what was left over, then what a clock says, then jobs for as long as a run is to last.
 *
 * @throws DatabaseUnavailableError when PostgreSQL gave no answer; what Redis refuses by an error
 */
export async function runWorker(services: WorkerServices, invocation: Pick<Invocation, "remainingMs">): Promise<void> {
  await tidyUp(services, invocation);
  const done = await services.scheduled.runDue();
  if (done.length > 0) logger.info("scheduled jobs are done", { jobs: done });
  await workAtQueues(services, invocation);
}
