/** The invalidations that are still to be carried out, as they lie in the database. */
import type { CollectionName } from "#contract/collections";
import * as z from "zod/mini";
import type { Queries } from "./queries";
import type { Transaction } from "./transaction";

/** What a change makes untrue in one collection. */
export interface Invalidation {
  readonly collection: CollectionName;
  /** @default - none */
  readonly ids?: readonly string[];
  /** @default - none */
  readonly tags?: readonly string[];
  /** All values of the collection, however they are called. @default false */
  readonly everything?: boolean;
}

const NotedInvalidation = z.object({
  /** A bigint, which JavaScript's numbers can't hold. */
  id: z.string(),
  collection: z.string(),
  ids: z.array(z.string()),
  tags: z.array(z.string()),
  everything: z.boolean(),
});
export type NotedInvalidation = z.infer<typeof NotedInvalidation>;

const columns = "id, collection, ids, tags, everything";

export function noteInvalidations(
  queries: Queries,
  invalidations: readonly Invalidation[],
): Promise<NotedInvalidation[]> {
  const notes = invalidations.map(({ collection, ids = [], tags = [], everything = false }) => ({
    collection,
    ids,
    tags,
    everything,
  }));
  return queries.query(
    NotedInvalidation,
    `INSERT INTO cache_invalidations (collection, ids, tags, everything)
     SELECT * FROM jsonb_to_recordset($1) AS note (collection text, ids text[], tags text[], everything boolean)
     RETURNING ${columns}`,
    [JSON.stringify(notes)],
  );
}

/** Takes the oldest that nobody else has taken; they stay taken until the transaction ends. */
export function takeInvalidations(
  tx: Transaction,
  collections: readonly string[],
  limit: number,
): Promise<NotedInvalidation[]> {
  // No id is remembered from one time to the next: a transaction with a lower one may commit later.
  return tx.query(
    NotedInvalidation,
    `SELECT ${columns} FROM cache_invalidations
     WHERE collection = ANY($1) ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [collections, limit],
  );
}

/** Deletes those that are carried out. One that somebody else has taken is left to them, rather than waited for. */
export async function forgetInvalidations(queries: Queries, ids: readonly string[]): Promise<void> {
  await queries.query(
    z.object({}),
    `DELETE FROM cache_invalidations WHERE id IN
       (SELECT id FROM cache_invalidations WHERE id = ANY($1::bigint[]) FOR UPDATE SKIP LOCKED)`,
    [ids],
  );
}
