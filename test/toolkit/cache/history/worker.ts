/** One process of a history: reads and changes a few values at random through a cache of its own, and records what it saw when. */
import { type Collection, connectRedis, type DueValue, SharedCache } from "@larder/toolkit";
import { Redis } from "ioredis";
import { AsyncLocalStorage } from "node:async_hooks";
import { monotonicMs } from "../../../support/monotonic";
import { breakRule } from "./broken-rules";
import { type CollectionName, recorder } from "./events";
import { ids, loadDeadlineMs, type WorkerSettings } from "./worker-settings";

interface Call {
  readonly name: string;
  readonly tiers: string[];
}

const settings = JSON.parse(process.argv[2]!) as WorkerSettings;
const record = recorder(settings.historyFolder);
const calls = new AsyncLocalStorage<Call>();
let callsBegun = 0;
let ended = false;
const nextCall = () => `${process.pid}:${callsBegun++}`;

const connection = () => {
  const { host, port, user, password } = settings.redis;
  return connectRedis({ mode: settings.mode, host, port, credentials: { username: user, password: () => password } });
};
const redis = connection();
if (settings.broken !== undefined) breakRule(redis, settings.broken);

/** The source: a server of its own, which nobody breaks. It holds a number for each id, that only grows. */
const source = new Redis({
  host: settings.source.host,
  port: settings.source.port,
  username: settings.source.user,
  password: settings.source.password,
});

const cache = new SharedCache({
  redis,
  near: { maxStalenessMs: settings.maxStalenessMs },
  deadlineMs: 100,
  ...(settings.replicas !== undefined && { safety: { replicas: settings.replicas, connection: connection() } }),
  onEvent: (event) => {
    if (event.type === "lookup") calls.getStore()?.tiers.push(event.tier);
  },
  refreshLater: async (values) => {
    if (Math.random() < 0.3) throw new Error("load it yourself");
    await source.lpush("refreshes", ...values.map((value) => JSON.stringify(value)));
  },
});

const numbers = cache.collection<number>("numbers", {
  ttlMs: 1_000,
  staleMs: 1_000,
  loadDeadlineMs,
  load: (id) => numberOf(id),
  loadMany: async (ids) => new Map(await Promise.all(ids.map(async (id) => [id, await numberOf(id)] as const))),
  tags: () => ["all numbers"],
});

async function numberOf(id: string): Promise<number> {
  const value = Number(await source.get(id));
  await upTo(30); // the slower a load, the likelier something happens meanwhile
  return value;
}

const steady = cache.collection<number>("steady", {
  ttlMs: settings.steady.ttlMs,
  staleMs: settings.steady.staleMs,
  loadDeadlineMs,
  load: async (id) => (await loadSteady([id])).get(id),
  loadMany: (ids) => loadSteady(ids),
});

async function loadSteady(ids: readonly string[]): Promise<Map<string, number>> {
  const beganMs = monotonicMs();
  await upTo(30);
  const endedMs = monotonicMs();
  for (const id of ids) record({ type: "load", id, call: calls.getStore()!.name, beganMs, endedMs });
  return new Map(ids.map((id) => [id, endedMs]));
}

function upTo(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ms));
}

function someIds(): string[] {
  const count = Math.random() < 0.8 ? 1 : 3;
  return [...new Set(Array.from({ length: count }, () => ids[Math.floor(Math.random() * ids.length)]!))];
}

async function read(collection: CollectionName, from: Collection<number>): Promise<void> {
  const call = { name: nextCall(), tiers: [] };
  const chosen = someIds();
  const beganMs = monotonicMs();
  try {
    const values = await calls.run(call, async () =>
      chosen.length > 1 ? from.getMany(chosen) : new Map([[chosen[0]!, await from.get(chosen[0]!)]]),
    );
    for (const id of chosen)
      record({ type: "read", collection, id, value: values.get(id)!, beganMs, call: call.name, tiers: call.tiers });
  } catch (error) {
    record({ type: "failed read", error: String(error) });
  }
}

async function change(): Promise<void> {
  const chosen = someIds();
  const values = new Map<string, number>();
  const commit = async (id: string) => {
    const value = await source.incr(id);
    values.set(id, value);
    return value;
  };
  const chance = Math.random();
  try {
    if (chance < 0.4) await numbers.put(chosen[0]!, () => commit(chosen[0]!));
    else {
      for (const id of chosen) await commit(id);
      if (chance < 0.75) await numbers.invalidate(chosen);
      else if (chance < 0.9) await numbers.invalidateTags("all numbers");
      else await numbers.invalidateAll();
    }
    const confirmedMs = monotonicMs();
    for (const [id, value] of values) record({ type: "change", id, value, confirmedMs });
  } catch (error) {
    record({ type: "failed change", error: String(error) });
  }
}

/** Does what any process has handed on; some of it never, and some twice. */
async function refresh(): Promise<void> {
  const job = await source.rpop("refreshes");
  if (job === null || Math.random() < 0.1) return;
  if (Math.random() < 0.1) await source.lpush("refreshes", job);
  const { collection, ...due } = JSON.parse(job) as DueValue;
  const call = { name: nextCall(), tiers: [] };
  const beganMs = monotonicMs();
  const outcome = await calls.run(call, () =>
    (collection === "numbers" ? numbers : steady).refresh(due).catch(() => "failed" as const),
  );
  record({ type: "refresh", beganMs, call: call.name, outcome });
}

/** Several at a time, so that calls of one process meet as well. */
async function act(): Promise<void> {
  while (!ended) {
    const chance = Math.random();
    await (chance < 0.05 ? change() : chance < 0.65 ? read("numbers", numbers) : read("steady", steady));
    if (Math.random() < 0.3) await refresh();
    await upTo(10);
  }
}

process.on("disconnect", () => process.exit()); // whoever began it is gone
process.on("message", () => (ended = true));
void Promise.all([act(), act(), act()]).then(() => process.exit());
