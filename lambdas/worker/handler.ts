/** Does each minute what no request waits for: tells the cache what a crash or an unreachable Redis left over. */
import { workerEnv } from "#contract/functions";
import { scheduledFunction } from "#platform/scheduled-function";
import { sweepOutbox } from "./sweep-outbox";
import { buildServices } from "./services";

export const handler = scheduledFunction({ env: workerEnv, services: buildServices, run: sweepOutbox });
