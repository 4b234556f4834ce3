/**
 * Six processes on one queue, while processes are killed and frozen beyond their claims, connections cut and replies lost: no
 * job is lost or added twice, and nobody acknowledges what somebody else has claimed since. With a killed primary, what
 * Redis lost is counted. LARDER_QUEUE_JOBS makes the runs longer: for each 500 jobs one process is killed.
 */
import { RedisUnavailableError, type Queue } from "@larder/toolkit";
import { join } from "node:path";
import { temporaryFolder } from "../../../../local/setup/data-folder";
import type { RedisAddress } from "../../../../local/servers/redis";
import { ownProxiedRedis } from "../../../support/proxied-redis";
import { oneOf, pause, ProcessFleet } from "../../../support/process-fleet";
import { connected, reach, type RedisMode, redisModes } from "../../../support/redis-clients";
import { ownReplicatedRedis } from "../../../support/replicated-redis";
import { own } from "../../../support/servers";
import { until } from "../../../support/until";
import { acceptedStale, countsOf, doubledJobs, lostJobs, refusedValid } from "./checks";
import { recorded } from "./events";
import { historyQueue, visibilityMs, type WorkerSettings } from "./worker-settings";

const jobs = Number(process.env["LARDER_QUEUE_JOBS"] ?? 2_000);
const kills = Math.max(8, Math.floor(jobs / 500));
const timeoutMs = 60_000 + jobs * 10;

function fleetOn(mode: RedisMode, redis: RedisAddress, more: Partial<WorkerSettings> = {}) {
  const historyFolder = temporaryFolder();
  const crashes: unknown[] = [];
  const fleet = own(
    new ProcessFleet({
      program: join(__dirname, "worker.ts"),
      settings: { mode, redis, historyFolder, ...more } satisfies WorkerSettings,
      processes: 6,
      onCrash: (code) => crashes.push(code),
    }),
  );
  return { fleet, crashes, history: () => recorded(historyFolder) };
}

/** Adds numbers, each once, and knows which certainly were. */
class Adder {
  readonly confirmed: number[] = [];
  #next = 0;

  constructor(private readonly queue: Queue<number>) {}

  async add(count: number, delayMs = 0): Promise<number> {
    const numbers = Array.from({ length: count }, () => this.#next++);
    try {
      await this.queue.add(numbers.map((data) => ({ data, delayMs })));
      this.confirmed.push(...numbers);
      return count;
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      return 0; // or they were: nobody knows
    }
  }
}

async function backlog(queue: Queue<number>): Promise<number> {
  const { waiting, delayed, inFlight } = await queue.stats();
  return waiting + delayed + inFlight;
}

/** Whatever was due for 20 s without anybody bringing it to an end would be lost, too. */
async function drained(queue: Queue<number>): Promise<number[]> {
  await until("all jobs have ended", async () => (await backlog(queue).catch(() => 1)) === 0);
  return (await queue.dead({ max: 1_000 })).map(({ data }) => Number(data));
}

/** In the longer runs. */
function say(what: string, counts: object): void {
  if (process.env["LARDER_QUEUE_JOBS"] !== undefined) console.log(what, JSON.stringify(counts));
}

it.each(redisModes)(
  "no job is lost and no stale claim acknowledged, whatever happens to processes and answers (%s)",
  async (mode) => {
    const { address, proxies, servers } = await ownProxiedRedis(mode);
    const { fleet, crashes, history } = fleetOn(mode, address);
    const direct = historyQueue(connected(reach(mode, mode === "single" ? servers[0]!.address : address)), 5_000);
    const adder = new Adder(historyQueue(connected(reach(mode, address)), 2_000));
    const freezes: Promise<void>[] = [];
    const others = [
      () => oneOf(proxies)?.cut(Math.random()),
      () => oneOf(proxies)?.cutAfterNextCommand(Math.random()),
      () => oneOf(proxies)?.loseReplies(Math.random()),
    ];
    await until("jobs are done", async () => (await adder.add(1)) > 0 && history().length > 0);
    for (let kill = 0; kill < kills; kill++) {
      await adder.add(Math.ceil(jobs / kills));
      await until("there isn't much left", async () => (await backlog(direct).catch(() => jobs)) < (2 * jobs) / kills);
      fleet.killOne();
      freezes.push(fleet.freezeOne(visibilityMs * (1 + Math.random())));
      oneOf(others)?.();
      await pause(50);
    }
    await Promise.all(freezes);
    const dead = await drained(direct);
    await fleet.end();
    const events = history();
    say(mode, { added: adder.confirmed.length, kills, dead: dead.length, ...countsOf(events) });
    expect(crashes).toEqual([]);
    expect(lostJobs(events, adder.confirmed, dead)).toEqual([]);
    expect(doubledJobs(events)).toEqual([]);
    expect(acceptedStale(events)).toEqual([]);
    expect(refusedValid(events)).toEqual([]);
    expect(adder.confirmed.length).toBeGreaterThan(jobs / 2);
    expect(countsOf(events).redelivered).toBeGreaterThan(0);
  },
  timeoutMs,
);

it(
  "a killed primary loses no more jobs than were added since its replica fell behind",
  async () => {
    const redis = await ownReplicatedRedis();
    const { fleet, history } = fleetOn("single", redis.address);
    const queue = historyQueue(connected(reach("single", redis.address)), 2_000);
    const adder = new Adder(queue);
    await until("jobs are done", async () => (await adder.add(200)) > 0 && history().length > 0);
    const successor = redis.replicas[0]!;
    await redis.replicasCaughtUp();
    redis.linkOf(successor).stall();
    let missed = await adder.add(200);
    missed += await adder.add(50, 3_000); // nobody does these before
    await redis.failOver(successor, "killed");
    await until("jobs are done", async () => (await adder.add(200)) > 0);
    const dead = await drained(queue);
    await fleet.end();
    const events = history();
    const lost = lostJobs(events, adder.confirmed, dead).length;
    say("killed primary", { added: adder.confirmed.length, lostByRedis: lost, missed, ...countsOf(events) });
    expect(lost).toBeGreaterThanOrEqual(50);
    expect(lost).toBeLessThanOrEqual(missed);
    expect(refusedValid(events).length).toBeLessThanOrEqual(missed); // what Redis lost, it doesn't know
  },
  timeoutMs,
);
