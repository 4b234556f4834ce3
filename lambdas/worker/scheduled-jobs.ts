/** Jobs that are done once in a while, by one worker of all that run: a lock keeps them apart, PostgreSQL knows when each was done. */
import type { Database } from "#platform/database";
import { logger } from "#platform/logger";
import { fencePredicate, fenceValues, type Lease, type Locks, RedisUnavailableError } from "@larder/toolkit";
import * as z from "zod/mini";

export interface ScheduledJob {
  readonly name: string;
  /** From its end to the next begin, at least. */
  readonly everyMs: number;
  /** Repeatable: a worker that dies is followed by another one. */
  readonly run: () => Promise<unknown>;
}

const leaseMs = 10_000;

export class ScheduledJobs {
  readonly #database: Database;
  readonly #locks: Locks;
  readonly #jobs: readonly ScheduledJob[];

  constructor(database: Database, locks: Locks, jobs: readonly ScheduledJob[]) {
    this.#database = database;
    this.#locks = locks;
    this.#jobs = jobs;
  }

  /**
   * Does those that are due, one after the other. One that another worker is at is left to it; one that fails is logged, and due
   * as before.
   *
   * @returns the names of those that were done
   */
  async runDue(): Promise<readonly string[]> {
    const done: string[] = [];
    for (const job of this.#jobs)
      try {
        const ran = await this.#locks.withLock(`scheduled ${job.name}`, { leaseMs }, (lease) => this.#run(job, lease));
        if (ran.acquired && ran.value) done.push(job.name);
      } catch (error) {
        const level = error instanceof RedisUnavailableError ? "warn" : "error";
        logger[level]("a scheduled job was not done, which will be tried again", { job: job.name, error });
      }
    return done;
  }

  async #run({ name, everyMs, run }: ScheduledJob, lease: Lease): Promise<boolean> {
    if (!(await this.#begin(name, everyMs, lease))) return false;
    await run();
    return this.#end(name, lease);
  }

  /** `false`: it isn't due, or a later holder of its lock has begun. */
  async #begin(name: string, everyMs: number, lease: Lease): Promise<boolean> {
    await this.#database.query(
      z.object({}),
      "INSERT INTO scheduled_jobs (name, fence_token, fence_holder) VALUES ($1, 0, '') ON CONFLICT DO NOTHING",
      [name],
    );
    const begun = await this.#database.query(
      z.object({}),
      `UPDATE scheduled_jobs SET fence_token = $2, fence_holder = $3
       WHERE name = $1 AND (done_at IS NULL OR done_at <= now() - $4 * interval '1 millisecond') AND ${fencePredicate(2)}
       RETURNING name`,
      [name, ...fenceValues(lease), everyMs],
    );
    return begun.length > 0;
  }

  /** `false`: a later holder of the lock has begun it anew, and will end it. */
  async #end(name: string, lease: Lease): Promise<boolean> {
    const ended = await this.#database.query(
      z.object({}),
      `UPDATE scheduled_jobs SET done_at = now(), fence_token = $2, fence_holder = $3
       WHERE name = $1 AND ${fencePredicate(2)} RETURNING name`,
      [name, ...fenceValues(lease)],
    );
    return ended.length > 0;
  }
}
