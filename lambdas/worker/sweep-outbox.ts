import type { Invocation } from "#platform/invocation";
import { logger } from "#platform/logger";
import type { Outbox } from "#platform/outbox";

/**
 * Carries out all invalidations that were left over, as far as Redis confirms them and the invocation lasts; the next run
 * finds the rest.
 *
 * @throws DatabaseUnavailableError when PostgreSQL gave no answer
 */
export async function sweepOutbox(
  { outbox }: { readonly outbox: Outbox },
  invocation: Pick<Invocation, "remainingMs">,
): Promise<void> {
  const carriedOut = await outbox.sweepAll(() => invocation.remainingMs());
  if (carriedOut > 0) logger.info("invalidations left over are carried out", { carriedOut });
}
