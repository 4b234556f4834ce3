/** One process of a history: adds orders, often those that others add, and records which were answered as added by it. */
import { connectRedis, Leaderboard, RedisUnavailableError } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { boardName, orderOf, orders, windows, type WorkerSettings } from "./worker-settings";

const { mode, redis, historyFolder, nowMs, knowsOrders } = JSON.parse(process.argv[2]!) as WorkerSettings;
const { host, port, user, password } = redis;
const client = connectRedis({ mode, host, port, credentials: { username: user, password: () => password } });
const board = new Leaderboard({ redis: client, name: boardName, windows, deadlineMs: 150 });
const file = join(historyFolder, `${process.pid}.jsonl`);
let ended = false;
process.on("message", () => (ended = true));

async function addAll(): Promise<void> {
  while (!ended) {
    const number = Math.floor(Math.random() * orders);
    const { id, atMs, changes } = orderOf(number, nowMs);
    appendFileSync(file, `${JSON.stringify({ sent: number })}\n`);
    try {
      const { added } = await board.add(changes, { id: knowsOrders ? id : randomUUID(), atMs });
      if (added) appendFileSync(file, `${JSON.stringify({ added: number })}\n`);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      await pause(10); // the breaker may be open
    }
  }
}

void Promise.all(Array.from({ length: 4 }, addAll)).then(() => process.exit(0));
