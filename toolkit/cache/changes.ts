/** Changes of a collection: each step is confirmed before the next begins, and what wasn't confirmed is begun again. */
import type { RedisClient } from "../redis/connect";
import type { Guard } from "../redis/guard";
import { type CollectionSlot, entrySlot } from "../redis/keys";
import { RedisUnavailableError } from "../redis/unavailable";
import { hashOf } from "./change";
import { appendChanges } from "./change-log";
import { bumpVersions } from "./versions";

export interface ChangeContext {
  readonly name: string;
  readonly slot: CollectionSlot;
  readonly guard: Guard;
}

/** Longer than a read's: nobody can answer a change from elsewhere. */
const deadlineMs = 500;
const attempts = 3;

/**
 * Removes values and leases, then tells the log. In this order: a process that reads the log must not find the value
 * afterwards. A step without an answer may have been done or not, so all is begun anew.
 */
export function removeEntries({ name, slot, guard }: ChangeContext, ids: readonly string[]): Promise<void> {
  const changes = ids.map((id) => ({ kind: "entry", hash: hashOf(id) }) as const);
  return withRepetition(async () => {
    // One command for each: in a cluster they lie in different slots.
    await guard.run("invalidate", deadlineMs, (client) => Promise.all(ids.map((id) => remove(client, name, id))));
    await guard.run("invalidate", deadlineMs, (client) => appendChanges(client, slot, changes));
  });
}

function remove(client: RedisClient, collection: string, id: string): Promise<number> {
  const { entry, lease } = entrySlot(collection, id);
  return client.unlink(entry, lease);
}

/** Outdates all values that carry one of the tags. */
export function outdateTags({ slot, guard }: ChangeContext, tags: readonly string[]): Promise<void> {
  return withRepetition(() => guard.run("invalidate", deadlineMs, (client) => bumpVersions(client, slot, tags)));
}

/** Until it succeeds or the attempts are spent. While the breaker is open another attempt would only be refused. */
async function withRepetition(change: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      await change();
      return;
    } catch (error) {
      const passing = error instanceof RedisUnavailableError && error.reason !== "refused";
      if (!passing || attempt === attempts) throw error;
    }
}
