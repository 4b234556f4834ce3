import type { Invocation } from "#platform/invocation";
import { logger } from "#platform/logger";
import type { WorkerServices } from "./services";

/**
 * Carries out the invalidations that were left over, as far as Redis confirms them, and finishes the orders that nobody asks for
 * any more, as long as the invocation lasts; the next run finds the rest.
 *
 * @throws DatabaseUnavailableError when PostgreSQL gave no answer
 */
export async function tidyUp(
  { outbox, openOrders }: WorkerServices,
  invocation: Pick<Invocation, "remainingMs">,
): Promise<void> {
  const remainingMs = () => invocation.remainingMs();
  const carriedOut = await outbox.sweepAll(remainingMs);
  if (carriedOut > 0) logger.info("invalidations left over are carried out", { carriedOut });
  const finished = await openOrders.finish(remainingMs);
  if (finished > 0) logger.info("orders left open are finished", { finished });
}
