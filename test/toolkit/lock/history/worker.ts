/**
 * One process of a history: takes locks, and writes to the rows that they protect for as long as it likes, whether its lease
 * stands or not: a holder that was frozen doesn't know either. It records when it believed to have a lock.
 */
import { connectRedis, type Lease, Locks, RedisUnavailableError } from "@larder/toolkit";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { writeRow } from "../guarded-row";
import type { Belief } from "./violations";
import { leaseMs, names, type WorkerSettings } from "./worker-settings";

const settings = JSON.parse(process.argv[2]!) as WorkerSettings;
const file = join(settings.historyFolder, `${process.pid}.jsonl`);
const database = new Client(settings.postgres);
let ended = false;
process.on("message", () => (ended = true));

function connect() {
  const { host, port, user, password } = settings.redis;
  return connectRedis({ mode: settings.mode, host, port, credentials: { username: user, password: () => password } });
}

const { replicas } = settings;
const locks = new Locks({
  redis: connect(),
  deadlineMs: 300,
  ...(replicas > 0 && { safety: { replicas, connection: connect() } }),
});

async function takeInTurn(): Promise<void> {
  while (!ended)
    try {
      const acquired = await locks.acquire(oneOf(names), { leaseMs, waitMs: 1_000 });
      if (acquired.acquired) await use(acquired.lease);
      else if (acquired.reason !== "held") await pause(20);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      await pause(20);
    }
}

async function use(lease: Lease): Promise<void> {
  const { name, token, holder } = lease;
  for (let write = Math.random() * 6; write > 0; write--) {
    const atUs = Date.now() * 1_000; // first the time, then the look
    if (!lease.signal.aborted) record({ name, token, holder, atUs });
    await writeRow(database, name, lease, settings.fenced);
    if (Math.random() < 0.3) await lease.renew().catch(() => undefined);
    if (Math.random() < 0.3) await pause(Math.random() * 20);
  }
  await lease.release();
}

function record(belief: Belief): void {
  appendFileSync(file, `${JSON.stringify(belief)}\n`);
}

function oneOf<T>(things: readonly T[]): T {
  return things[Math.floor(Math.random() * things.length)]!;
}

void database
  .connect()
  .then(() => Promise.all(Array.from({ length: 2 }, takeInTurn)))
  .then(() => process.exit(0));
