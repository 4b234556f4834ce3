/**
 * Cached values that are due, as jobs: whoever serves one queues its refresh, and the worker loads it. For the caller that costs
 * a command to Redis in place of a load.
 */
import type { CollectionName } from "#contract/collections";
import { RefreshJob } from "#contract/queues";
import type { Collection, DueValue, Queue, RefreshOutcome } from "@larder/toolkit";
import { createHash } from "node:crypto";
import * as z from "zod/mini";

const RefreshJobs = z.array(RefreshJob);

/** For `SharedCache`. However many processes find a value due, there is one job for it at a time. */
export function queueRefreshes(queue: Pick<Queue<RefreshJob>, "add">): (values: readonly DueValue[]) => Promise<void> {
  return async (values) => {
    const jobs = RefreshJobs.parse(values);
    await queue.add(jobs.map((data) => ({ data, id: jobIdOf(data) })));
  };
}

/** An id of a queue has at most 512 bytes, and a search may be longer. */
const mostIdBytes = 256;

function jobIdOf({ collection, id, softExpiryMs }: RefreshJob): string {
  const short = Buffer.byteLength(id) <= mostIdBytes ? id : createHash("sha256").update(id).digest("base64url");
  return `${collection} ${softExpiryMs} ${short}`;
}

type Refreshes = Pick<Collection<unknown>, "refresh">;

/**
 * Does such a job. It rejects when the load fails or Redis gives no answer: then it is to be tried again. One that came too
 * late, or twice, does nothing.
 */
export function refreshIn(
  collections: Readonly<Record<CollectionName, Refreshes>>,
): (job: RefreshJob) => Promise<RefreshOutcome> {
  return (job) => collections[job.collection].refresh(job);
}
