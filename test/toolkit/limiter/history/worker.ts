/** One process of a history: uses a few limits as fast as it may, and records each use that was allowed. */
import { connectRedis, RateLimiter } from "@larder/toolkit";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { policies, subjects, type WorkerSettings } from "./worker-settings";

const { mode, redis, historyFolder } = JSON.parse(process.argv[2]!) as WorkerSettings;
const { host, port, user, password } = redis;
const client = connectRedis({ mode, host, port, credentials: { username: user, password: () => password } });
let clockMs = 0;
const limiters = policies.map(
  (policy) =>
    new RateLimiter({
      redis: client,
      name: policy.name,
      policies: [policy],
      deadlineMs: 100,
      clock: () => ({ monotonicMs: (clockMs += 10_000), wallMs: clockMs }), // no denial is remembered
    }),
);
const file = join(historyFolder, `${process.pid}.jsonl`);
let ended = false;
process.on("message", () => (ended = true));

async function useAll(): Promise<void> {
  while (!ended)
    for (const limiter of limiters) {
      await setImmediate(); // or nothing else would be heard of while Redis is refused
      const subject = subjects[Math.floor(Math.random() * subjects.length)]!;
      const cost = 1 + Math.floor(Math.random() * 3);
      const { allowed, charge } = await limiter.consume(subject, { cost });
      if (allowed)
        appendFileSync(file, `${JSON.stringify({ limiter: limiter.name, subject, cost, mark: charge!.marks[0] })}\n`);
    }
}

void Promise.all(Array.from({ length: 4 }, useAll)).then(() => process.exit(0));
