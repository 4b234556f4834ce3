/**
 * One process of the history test: reads and changes a few keys at random through a cache of its own, and reports what it
 * saw when. Times are of the system's monotonic clock, the same for all processes.
 */
import { connectRedis, SharedCache } from "@larder/toolkit";
import { Redis } from "ioredis";
import { read } from "../../../../toolkit/cache/change-log";
import { fill } from "../../../../toolkit/cache/lease";
import { capture } from "../../../../toolkit/cache/versions";
import type { HistoryEvent, WorkerSettings } from "./events";

const settings = JSON.parse(process.argv[2]!) as WorkerSettings;
const { host, port, user, password } = settings.redis;
const client = connectRedis({
  mode: settings.mode,
  host,
  port,
  credentials: { username: user, password: () => password },
});
if (settings.broken !== undefined) breakRule(settings.broken);

/** The source: a server of its own, which nobody breaks. It holds a number for each key, that only grows. */
const source = new Redis({
  host: settings.source.host,
  port: settings.source.port,
  username: settings.source.user,
  password: settings.source.password,
});

const cache = new SharedCache({ redis: client, near: { maxStalenessMs: settings.maxStalenessMs }, deadlineMs: 100 });
const numbers = cache.collection<number>("numbers", {
  ttlMs: 60_000,
  load: async (id) => {
    const value = Number(await source.get(id));
    await pause(Math.random() * 30); // the slower a load, the likelier something happens meanwhile
    return value;
  },
  tags: () => ["all numbers"],
});

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function act(): Promise<HistoryEvent | undefined> {
  const id = `key ${Math.floor(Math.random() * settings.keys)}`;
  const beganMs = now();
  if (Math.random() < 0.9) return { type: "read", id, beganMs, value: (await numbers.get(id)) ?? 0 };
  const value = await source.incr(id);
  await (Math.random() < 0.7 ? numbers.invalidate(id) : numbers.invalidateTags("all numbers"));
  return { type: "change", id, value, confirmedMs: now() };
}

async function run(): Promise<void> {
  for (;;) {
    const event = await act().catch(() => undefined); // a change that wasn't confirmed promises nothing
    if (event !== undefined) process.send!(event);
    await pause(Math.random() * 4);
  }
}

/**
 * Breaks a rule on purpose, so that the checker can show that it would notice: `fence` stores a value whatever was changed
 * while it was loaded; `log` hears of no change.
 */
function breakRule(rule: "fence" | "log"): void {
  const call = client.callBuffer.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const replaced = (script: { sha1: string; lua: string }, text: string | RegExp, by: string) => ({
    sha1: script.sha1,
    lua: script.lua.replace(text, by),
  });
  const broken =
    rule === "log"
      ? [replaced(read, /for at = 2, #since do answer.*/, "")]
      : [
          replaced(fill, /if redis\.call\('GET', KEYS\[2\]\)[^]*?\nend\n/, ""),
          replaced(capture, /for at = 2, #since do changes.*/, ""),
        ];
  Object.assign(client, {
    callBuffer: (command: string, ...args: unknown[]) => {
      const other = broken.find(({ sha1 }) => sha1 === args[0]);
      return other === undefined ? call(command, ...args) : call("EVAL", other.lua, ...args.slice(1));
    },
  });
}

process.on("disconnect", () => process.exit());
void run();
