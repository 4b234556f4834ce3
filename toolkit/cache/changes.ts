/** Changes of a collection: each step is confirmed before the next begins, and what wasn't confirmed is begun again. */
import type { Write } from "../redis/confirmed-writes";
import { entrySlot } from "../redis/keys";
import { RedisUnavailableError } from "../redis/unavailable";
import { hashOf } from "./change";
import { appendChanges } from "./change-log";
import type { CollectionContext } from "./collection-options";
import { bumpVersions } from "./versions";

export type ChangeContext = Pick<CollectionContext, "name" | "slot" | "writes">;

const attempts = 3;
/** So many take less than a write's deadline. */
const mostAtOnce = 1_000;

/**
 * Removes values and leases, then tells the log. In this order: a process that reads the log must not find the value
 * afterwards. A step without an answer may have been done or not, so all is begun anew.
 */
export async function removeEntries(context: ChangeContext, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += mostAtOnce) await removeSome(context, ids.slice(at, at + mostAtOnce));
}

function removeSome(context: ChangeContext, ids: readonly string[]): Promise<void> {
  // One command for each: in a cluster they lie in different slots.
  const removals = ids.map((id): Write => {
    const { entry, lease } = entrySlot(context.name, id);
    return { key: entry, send: (client) => client.unlink(entry, lease) };
  });
  return confirm(context, [removals, [changeOfEntries(context, ids)]]);
}

/** The entries of the log that tell of changed values. */
export function changeOfEntries({ slot }: ChangeContext, ids: readonly string[]): Write {
  const changes = ids.map((id) => ({ kind: "entry", hash: hashOf(id) }) as const);
  return { key: slot.log, send: (client) => appendChanges(client, slot, changes) };
}

/** Outdates all values that carry one of the tags. */
export function outdateTags(context: ChangeContext, tags: readonly string[]): Promise<void> {
  const { slot } = context;
  return confirm(context, [[{ key: slot.log, send: (client) => bumpVersions(client, slot, tags) }]]);
}

/** Step by step, the last of which tells the log; until it succeeds or the attempts are spent. */
async function confirm({ writes }: ChangeContext, steps: readonly (readonly Write[])[]): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      for (const step of steps) await writes.send("invalidate", step);
      return;
    } catch (error) {
      // While the breaker is open another attempt would only be refused.
      if (error instanceof RedisUnavailableError && error.reason !== "refused" && attempt < attempts) continue;
      // A failover may bring the old value back, which the caller learns; until then all may know that it is gone.
      await writes.sendUnconfirmed("invalidate", steps.at(-1) ?? []);
      throw error;
    }
}
