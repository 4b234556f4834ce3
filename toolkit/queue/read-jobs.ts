import { checkAnswersAtOnce } from "../given-function";
import type { Claimed, ClaimedJob } from "./claim-jobs";
import { failureReason } from "./failure-reason";
import { type Job, receiptOf } from "./job";
import type { PutBack } from "./settle-jobs";

/**
 * The jobs of a claim as `parse` takes them, and those that it doesn't take, for the dead letters.
 *
 * @throws TypeError when `parse` answers a promise: the mistake is the program's, not the jobs'
 */
export function readJobs<Data>(
  claimId: string,
  { jobs, lapsesAtMs }: Claimed,
  parse: (json: unknown) => Data | undefined,
): { readonly jobs: Job<Data>[]; readonly unreadable: PutBack[] } {
  const readable: Job<Data>[] = [];
  const unreadable: PutBack[] = [];
  for (const job of jobs) {
    const claim = claimOf(claimId, job);
    const read = readOne(job, parse);
    if ("reason" in read) {
      unreadable.push({ claim, kind: "bury", delayMs: 0, reason: read.reason });
      continue;
    }
    const attempt = job.failedAttempts + 1;
    readable.push({
      id: job.id,
      data: read.data,
      attempt,
      receipt: receiptOf(attempt, claim),
      addedAtMs: job.addedAtMs,
      visibleUntilMs: lapsesAtMs,
    });
  }
  return { jobs: readable, unreadable };
}

export function claimOf(claimId: string, { id }: Pick<ClaimedJob, "id">): string {
  return `${claimId}${id}`;
}

function readOne<Data>(
  { json }: ClaimedJob,
  parse: (json: unknown) => Data | undefined,
): { readonly data: Data } | { readonly reason: string } {
  let data: Data | undefined;
  try {
    data = parse(JSON.parse(json));
  } catch (error) {
    return { reason: `its data can't be read: ${failureReason(error)}` };
  }
  checkAnswersAtOnce("parse of a queue", data);
  return data === undefined ? { reason: "parse doesn't take its data" } : { data };
}
