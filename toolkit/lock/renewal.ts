import { setTimeout as pause } from "node:timers/promises";
import type { Lease } from "./lease";

/** Two attempts may fail before the lease is lost. */
const renewalsPerLease = 3;
const leastPauseMs = 5;

/** Ends with the call that it was begun for, so no timer outlives that. */
export interface Renewal {
  /** Resolves when nothing of it is under way any more. */
  end(): Promise<void>;
}

/** Renews a lease again and again, each time a third of what is left has passed. */
export function keepRenewed(lease: Lease): Renewal {
  const over = new AbortController();
  const renewing = renewUntil(over.signal, lease);
  return {
    end() {
      over.abort();
      return renewing;
    },
  };
}

async function renewUntil(over: AbortSignal, lease: Lease): Promise<void> {
  for (;;) {
    const leftMs = lease.remainingMs();
    if (leftMs === 0) return;
    const pauseMs = Math.max(leftMs / renewalsPerLease, leastPauseMs);
    await pause(pauseMs, undefined, { signal: over, ref: false }).catch(() => undefined);
    if (over.aborted) return;
    // Without an answer the lease lasts as long as before: it is tried again.
    await lease.renew().catch(() => undefined);
  }
}
