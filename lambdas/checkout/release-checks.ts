import type { ReleaseChecks } from "#platform/release-check";
import type { Locks } from "@larder/toolkit";
import type { CheckoutServices } from "./services";

/** Among those that the function's user may take; no cart's id has a space. */
const lockName = "cart release check";
/** Two releases may be checked at once. */
const waitMs = 2_000;
const leaseMs = 5_000;

export function releaseChecks({
  orders,
  locks,
}: Pick<CheckoutServices, "orders"> & { readonly locks: Locks }): ReleaseChecks {
  return {
    "takes and releases a lock": async () => {
      const acquired = await locks.acquire(lockName, { leaseMs, waitMs });
      if (!acquired.acquired) return `the lock wasn't given: ${acquired.reason}`;
      const { lease } = acquired;
      return (await locks.release(lockName, lease)) ? undefined : "the lock was lost at once";
    },
    "reads a list of orders": async () => {
      // Nobody's: no user has this id.
      await orders.list("0", { page: 1, pageSize: 1 });
      return undefined;
    },
  };
}
