import { Locks } from "@larder/toolkit";
import * as z from "zod/mini";
import { type ScheduledJob, ScheduledJobs } from "../../../lambdas/worker/scheduled-jobs";
import { administer } from "../../support/administer";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { signedInAs } from "../../support/redis-users";
import { ownRedis } from "../../support/servers";
import { connectedDatabase, type DatabaseEnvironment, migratedDatabase } from "../../support/shop-database";
import { until } from "../../support/until";

let env: DatabaseEnvironment;
beforeEach(async () => (env = await migratedDatabase()));

const hourMs = 3_600_000;

/** What one worker of several has, with connections of its own. */
function scheduledHere(address: Parameters<typeof connected>[0], ...jobs: readonly ScheduledJob[]): ScheduledJobs {
  return new ScheduledJobs(
    connectedDatabase(env),
    new Locks({ redis: connected(signedInAs("worker", "state", address)) }),
    jobs,
  );
}

async function passTime(ms: number): Promise<void> {
  await connectedDatabase(env).query(
    z.object({}),
    "UPDATE scheduled_jobs SET done_at = done_at - $1 * interval '1 millisecond'",
    [ms],
  );
}

describe.each(redisModes)("a scheduled job (%s)", (mode) => {
  it("is done by one of many workers that find it due at once, and again when its time has passed", async () => {
    let runs = 0;
    const job = { name: "count", everyMs: hourMs, run: () => Promise.resolve(runs++) };
    const workers = Array.from({ length: 8 }, () => scheduledHere(addressOf(mode), job));
    const done = await Promise.all(workers.map((worker) => worker.runDue()));
    expect([done.flat(), runs]).toEqual([["count"], 1]);

    await passTime(hourMs - 60_000);
    expect([await workers[0]!.runDue(), runs]).toEqual([[], 1]);
    await passTime(60_000);
    expect([await workers[1]!.runDue(), runs]).toEqual([["count"], 2]);
  });

  it("that fails is due as before, and keeps no other from being done", async () => {
    let attempts = 0;
    const failing = {
      name: "fails once",
      everyMs: hourMs,
      run: () => (attempts++ === 0 ? Promise.reject(new Error("no")) : Promise.resolve()),
    };
    const other = { name: "other", everyMs: hourMs, run: () => Promise.resolve() };
    const worker = scheduledHere(addressOf(mode), failing, other);
    expect(await worker.runDue()).toEqual(["other"]);
    expect(await worker.runDue()).toEqual(["fails once"]);
  });
});

describe("a worker that lost its lock while it was at a job", () => {
  it("doesn't note as done what another one has begun anew", async () => {
    const redis = await ownRedis();
    let letGo = (): void => undefined;
    let begun = 0;
    const slow = () => new Promise<void>((resolve) => (begun++, (letGo = resolve)));
    const first = scheduledHere(reach("single", redis.address), { name: "slow", everyMs: hourMs, run: slow });
    const firstRun = first.runDue();
    await until("it has begun", () => begun === 1);
    const firstEnds = letGo;
    await administer(redis.address, (admin) => admin.flushall());

    const second = scheduledHere(reach("single", redis.address), { name: "slow", everyMs: hourMs, run: slow });
    const secondRun = second.runDue();
    await until("the other one has begun", () => begun === 2);
    firstEnds();
    expect(await firstRun).toEqual([]);
    letGo();
    expect(await secondRun).toEqual(["slow"]);
  });
});

describe("without Redis", () => {
  it("nothing is begun, and all is due as before", async () => {
    const redis = await ownRedis();
    const job = { name: "count", everyMs: hourMs, run: () => Promise.resolve() };
    const worker = scheduledHere(reach("single", redis.address), job);
    await redis.kill();
    expect(await worker.runDue()).toEqual([]);
    await redis.restart();
    await until("it is done", async () => (await worker.runDue()).length === 1);
  });
});
