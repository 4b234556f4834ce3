/** Does what no request waits for: jobs, and what a crash, a lost answer or an unreachable Redis left over. */
import { workerEnv } from "#contract/functions";
import { withDoctor } from "#platform/doctor";
import { scheduledFunction } from "#platform/scheduled-function";
import { runWorker } from "./run";
import { buildServices } from "./services";

export const handler = withDoctor(scheduledFunction({ env: workerEnv, services: buildServices, run: runWorker }));
