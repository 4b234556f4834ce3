import type { BatchedReads } from "../redis/batched-reads";
import type { EntrySlot } from "../redis/keys";

/** What came of another one's load: its frame, or nothing to wait for any more. */
export type Fill = { readonly state: "filled"; readonly frame: Buffer } | { readonly state: "over" };

export interface AwaitFillOptions {
  /** Of the lease that stands now. */
  readonly token: string;
  readonly leftMs: number;
  /** The frame that is to be replaced. */
  readonly seen: Buffer | null;
  /** The tokens of all leases that this caller has waited for, this one among them. */
  readonly waitedFor: ReadonlySet<string>;
}

const firstPauseMs = 1;
const longestPauseMs = 8;

/**
 * Waits for the holder of a lease to load the value, at most as long as the lease has left. Many waiters of one process
 * read as one.
 *
 * A value that was invalidated while it was loaded isn't stored, but is still good for whoever began to wait before that:
 * without it, a key that is invalidated faster than it loads would keep them waiting for ever.
 *
 * @throws RedisUnavailableError when Redis gave no answer
 */
export async function awaitFill(reads: BatchedReads, slot: EntrySlot, options: AwaitFillOptions): Promise<Fill> {
  const { token, leftMs, seen, waitedFor } = options;
  const giveUpAtMs = performance.now() + leftMs;
  for (let pauseMs = firstPauseMs; performance.now() < giveUpAtMs; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const keys = [slot.entry, slot.handoff, slot.lease];
    const [entry = null, handoff = null, lease = null] = await Promise.all(keys.map((key) => reads.get(key)));
    if (entry !== null && !seen?.equals(entry)) return { state: "filled", frame: entry };
    const frame = handoff === null ? undefined : handedOver(handoff, waitedFor);
    if (frame !== undefined) return { state: "filled", frame };
    if (lease?.toString() !== token) return { state: "over" };
  }
  return { state: "over" };
}

/** The frame that was left behind under a token, if it is one that this caller has waited for. */
function handedOver(handoff: Buffer, waitedFor: ReadonlySet<string>): Buffer | undefined {
  const end = handoff.indexOf(10);
  return waitedFor.has(handoff.toString("latin1", 0, end)) ? handoff.subarray(end + 1) : undefined;
}
