/** Does each minute what no request waits for: what a crash, a lost answer or an unreachable Redis left over. */
import { workerEnv } from "#contract/functions";
import { scheduledFunction } from "#platform/scheduled-function";
import { buildServices } from "./services";
import { tidyUp } from "./tidy-up";

export const handler = scheduledFunction({ env: workerEnv, services: buildServices, run: tidyUp });
