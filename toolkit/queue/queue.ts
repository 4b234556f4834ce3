import type { RedisClient } from "../redis/connect";
import { type Guard, guardOf } from "../redis/guard";
import { type QueueSlot, queueSlot } from "../redis/keys";
import { RedisUnavailableError } from "../redis/unavailable";
import { untilAnswered } from "../redis/until-answered";
import { tell } from "../tell";
import { checkWholeNumber } from "../whole-number";
import { addJobs } from "./add-jobs";
import { BatchedAdds } from "./batched-adds";
import { type Claimed, claimJobs } from "./claim-jobs";
import { type DeadLetter, listDead, retryDead } from "./dead-letters";
import { reasonText } from "./failure-reason";
import { type Added, encodeJob, type Job, longestMs, type NewJob, parseReceipt } from "./job";
import { checkOptions, checkVisibility, type QueueOperation, type QueueOptions, usualBackoffMs } from "./queue-options";
import { newQueueRequestId, type QueueRequest, type QueueRules } from "./queue-script";
import { type QueueStats, queueStats } from "./queue-stats";
import { claimOf, readJobs } from "./read-jobs";
import { ackClaims, extendClaims, type PutBack, putBackClaims } from "./settle-jobs";

/** What one call may take, and about what it takes Redis a few ms to do. */
const mostAtOnce = 1_000;

/**
 * Jobs that are done at least once, in the order in which they are due, by whoever claims them.
 *
 * Every method throws a RedisUnavailableError when Redis gives no answer; it may have done what it was asked for, if
 * `mayBeDone` says so. A connection that is lost under way is tried again within `deadlineMs`, and nothing is done twice. A
 * failover of Redis may lose the last changes: let what must survive that start from a database.
 */
export class Queue<Data> {
  readonly name: string;
  /** For how long a claim stands that isn't extended. */
  readonly visibilityMs: number;
  readonly #options: ReturnType<typeof checkOptions<Data>>;
  readonly #guard: Guard;
  readonly #slot: QueueSlot;
  readonly #rules: QueueRules;
  readonly #adds: BatchedAdds;

  /** @throws RangeError for options that can't be, TypeError for a name or a function that can't */
  constructor(options: QueueOptions<Data>) {
    this.#options = checkOptions(options);
    const { redis, name, visibilityMs, redisTimeUs } = this.#options;
    this.name = name;
    this.visibilityMs = visibilityMs;
    this.#guard = guardOf(redis);
    this.#slot = queueSlot(name);
    this.#rules = { ...this.#options, nowUs: () => (redisTimeUs === undefined ? "" : String(redisTimeUs())) };
    this.#adds = new BatchedAdds((id, jobs) =>
      this.#run("add", (client, request) => addJobs(client, request, jobs), id),
    );
  }

  /** Whether its client was disconnected for good: nothing is answered any more. */
  get isDisconnected(): boolean {
    return this.#guard.client.status === "end";
  }

  /**
   * Adds jobs, those of one tick by one script, at most 250 or 256 KiB at a time. Is one of several scripts without an
   * answer, jobs before it have been added; give ids of your own to add the same ones again.
   *
   * An id that lies among the dead letters is a new job, without any attempt, and its letter is gone.
   *
   * @returns for each job its id, and whether it was added
   * @throws RangeError for data of more than 64 KiB, an id or a delay that can't be; TypeError for data that JSON can't hold
   */
  async add(jobs: readonly NewJob<Data>[]): Promise<readonly Added[]> {
    return this.#adds.add(jobs.map(encodeJob));
  }

  /**
   * Claims up to `max` (1,000) jobs that are due, the longest due first; fewer than there are, if together they have more than
   * about 1 MiB. Jobs whose claims have lapsed are due again, or dead if that was their last attempt.
   *
   * A job that `parse` doesn't take goes to the dead letters; the others are returned.
   *
   * @throws TypeError when `parse` answers a promise; the jobs are given back, and no attempt counts
   */
  async claim({ max, visibilityMs = this.visibilityMs }: { readonly max: number; readonly visibilityMs?: number }) {
    checkWholeNumber("max", max, 1, mostAtOnce);
    checkVisibility("visibilityMs", visibilityMs, this.#options.keepMs);
    const id = newQueueRequestId();
    const claimed = await this.#run("claim", (client, request) => claimJobs(client, request, max, visibilityMs), id);
    this.#tellOf(claimed);
    const { jobs, unreadable } = await this.#read(id, claimed);
    // Without an answer their claims lapse, and whoever gets them next tries it again.
    if (unreadable.length > 0) await this.#putBack("refuse unreadable jobs", unreadable).catch(() => undefined);
    const readable: readonly Job<Data>[] = jobs;
    return readable;
  }

  /**
   * Jobs that are done.
   *
   * @returns for each receipt whether its claim still stood. `false`: it had lapsed, and somebody else does or has done the
   * job, or it is dead
   * @throws TypeError for what is no receipt
   */
  async ack(receipts: readonly string[]): Promise<readonly boolean[]> {
    const claims = receipts.map((receipt) => parseReceipt(receipt).claim);
    return this.#settle("ack", claims, (client, request, share) => ackClaims(client, request, share));
  }

  /**
   * Attempts that failed: the jobs are due again after the backoff, or dead if that was the last attempt.
   *
   * @param options.delayMs in place of the backoff
   * @param options.reason for the dead letter, its first 1,000 characters; of an error its name and code, as `failureReason` has them
   * @returns as `ack`
   */
  async nack(
    receipts: readonly string[],
    { delayMs, reason = "it failed" }: { readonly delayMs?: number; readonly reason?: string | Error } = {},
  ): Promise<readonly boolean[]> {
    const { backoffMs = usualBackoffMs } = this.#options;
    const text = reasonText(reason);
    return this.#putBack(
      "nack",
      receipts.map((receipt) => {
        const { attempt, claim } = parseReceipt(receipt);
        const ms = delayMs ?? backoffMs(attempt);
        checkWholeNumber("delayMs", ms, 0, longestMs);
        return { claim, kind: "retry", delayMs: ms, reason: text };
      }),
    );
  }

  /** Jobs that weren't begun: they are due before all that wait, in the order given, and the attempt doesn't count. Returns as `ack`. */
  async release(receipts: readonly string[]): Promise<readonly boolean[]> {
    return this.#release(receipts.map((receipt) => parseReceipt(receipt).claim));
  }

  /** Lets claims stand until `ms` from now. Returns as `ack`; one that has lapsed, but that nobody has claimed since, stands again. */
  async extend(receipts: readonly string[], ms: number): Promise<readonly boolean[]> {
    checkVisibility("ms", ms, this.#options.keepMs);
    const claims = receipts.map((receipt) => parseReceipt(receipt).claim);
    return this.#settle("extend", claims, (client, request, share) => extendClaims(client, request, share, ms));
  }

  async stats(): Promise<QueueStats> {
    return this.#run("count jobs", queueStats);
  }

  /** The newest dead letters, up to `max` (1,000); fewer, if together they have more than about 1 MiB. */
  async dead({ max }: { readonly max: number }): Promise<readonly DeadLetter[]> {
    checkWholeNumber("max", max, 1, mostAtOnce);
    return this.#run("list dead letters", (client, request) => listDead(client, request, max));
  }

  /** Makes a dead letter a job again, due at once and without any attempt. `false`: there is none of that id. */
  async retryDead(id: string): Promise<boolean> {
    return this.#run("retry dead letter", (client, request) => retryDead(client, request, id));
  }

  async #read(claimId: string, claimed: Claimed) {
    try {
      return readJobs(claimId, claimed, this.#options.parse);
    } catch (error) {
      await this.#release(claimed.jobs.map((job) => claimOf(claimId, job))).catch(() => undefined); // else they lapse
      throw error;
    }
  }

  #release(claims: readonly string[]): Promise<readonly boolean[]> {
    const back = claims.map((claim) => ({ claim, kind: "release", delayMs: 0, reason: "" }) as const);
    return this.#putBack("release", back);
  }

  async #putBack(operation: QueueOperation, claims: readonly PutBack[]): Promise<readonly boolean[]> {
    let died = 0;
    const settled = await this.#settle(operation, claims, async (client, request, share) => {
      const outcomes = await putBackClaims(client, request, share);
      died += outcomes.filter((outcome) => outcome === "dead").length;
      return outcomes.map((outcome) => outcome !== "refused");
    });
    this.#tell("dead", died);
    return settled;
  }

  async #settle<Claim>(
    operation: QueueOperation,
    claims: readonly Claim[],
    send: (client: RedisClient, request: QueueRequest, share: readonly Claim[]) => Promise<readonly boolean[]>,
  ): Promise<readonly boolean[]> {
    const settled: boolean[] = [];
    for (let from = 0; from < claims.length; from += mostAtOnce) {
      const share = claims.slice(from, from + mostAtOnce);
      settled.push(...(await this.#run(operation, (client, request) => send(client, request, share))));
    }
    const receipts = settled.filter((stood) => !stood).length;
    if (receipts > 0) tell(this.#options.onEvent, { type: "refused", queue: this.name, operation, receipts });
    return settled;
  }

  /** What was lost with its connection is sent again: each script does nothing the second time. */
  async #run<T>(
    operation: QueueOperation,
    work: (client: RedisClient, request: QueueRequest) => Promise<T>,
    id = newQueueRequestId(),
  ): Promise<T> {
    const request = { slot: this.#slot, rules: this.#rules, id };
    try {
      return await untilAnswered(this.#options.deadlineMs, (leftMs) =>
        this.#guard.run(operation, leftMs, (client) => work(client, request), this.#slot.waiting),
      );
    } catch (error) {
      const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
      tell(this.#options.onEvent, { type: "unavailable", queue: this.name, operation, reason });
      throw error;
    }
  }

  #tellOf({ lapsed, died }: Claimed): void {
    this.#tell("lapsed", lapsed);
    this.#tell("dead", died);
  }

  #tell(type: "lapsed" | "dead", jobs: number): void {
    if (jobs > 0) tell(this.#options.onEvent, { type, queue: this.name, jobs });
  }
}
