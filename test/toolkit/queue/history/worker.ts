/** One process of a history: claims jobs, does them for some ms, and records what it did and was told. */
import { connectRedis, type Job, RedisUnavailableError } from "@larder/toolkit";
import { setTimeout as pause } from "node:timers/promises";
import { queueSlot } from "../../../../toolkit/redis/keys";
import { record } from "./events";
import { historyQueue, isHopeless, type WorkerSettings } from "./worker-settings";

const { mode, redis, historyFolder, ackUnchecked } = JSON.parse(process.argv[2]!) as WorkerSettings;
const { host, port, user, password } = redis;
const client = connectRedis({ mode, host, port, credentials: { username: user, password: () => password } });
const queue = historyQueue(client);
let ended = false;
process.on("message", () => (ended = true));

async function ack(jobs: readonly Job<number>[]): Promise<readonly boolean[]> {
  if (ackUnchecked !== true) return queue.ack(jobs.map(({ receipt }) => receipt));
  const slot = queueSlot(queue.name);
  for (const { id } of jobs) await Promise.all([client.hdel(slot.jobs, id), client.zrem(slot.waiting, id)]);
  return jobs.map(() => true);
}

async function claimAndWork(): Promise<void> {
  const askedMs = performance.now();
  const jobs = await queue.claim({ max: 1 + Math.floor(Math.random() * 32) });
  if (jobs.length === 0) {
    await pause(10);
    return;
  }
  record(
    historyFolder,
    jobs.map(({ id, data, attempt }) => ({ type: "claimed", job: data, id, attempt })),
  );
  const released = jobs.filter(() => Math.random() < 0.02);
  const begun = jobs.filter((job) => !released.includes(job));
  const hopeless = begun.filter(({ data }) => isHopeless(data));
  const done = begun.filter(({ data }) => !isHopeless(data));
  await pause(Math.random() * 10);
  if (released.length > 0) await queue.release(released.map(({ receipt }) => receipt));
  if (hopeless.length > 0) await queue.nack(hopeless.map(({ receipt }) => receipt));
  record(
    historyFolder,
    done.map(({ data }) => ({ type: "done", job: data })),
  );
  const accepted = await ack(done);
  const heldMs = performance.now() - askedMs;
  record(
    historyFolder,
    done.map(({ data, attempt }, at) => ({
      type: "acknowledged",
      job: data,
      attempt,
      accepted: accepted[at] === true,
      heldMs,
    })),
  );
}

async function workUntilEnded(): Promise<void> {
  while (!ended)
    try {
      await claimAndWork();
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      await pause(10); // the breaker may be open
    }
}

void Promise.all([workUntilEnded(), workUntilEnded()]).then(() => process.exit(0));
