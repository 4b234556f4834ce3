/**
 * `npm run bench -- scale`: measures what docs/scale.md computes with, prints both, and keeps the figures in bench/scale.json.
 * With `arithmetic` behind it: computes anew with the figures that are kept, after a change of sizes or traffic.
 */
import { connectRedis } from "@larder/toolkit";
import { once } from "node:events";
import { join } from "node:path";
import { readAssembly } from "../local/aws/template";
import { readTraffic } from "../local/cost/traffic";
import { dataFolder } from "../local/setup/data-folder";
import { synthesize } from "../local/setup/synthesis";
import { assumed, type Measured, metAt, needs } from "./scale/arithmetic";
import { measureClusterConnections } from "./scale/cluster-connections";
import { keepFigures, keptFigures } from "./scale/kept";
import { type KeyMemory, measureKeyMemory } from "./scale/key-memory";
import { limitsOfProd } from "./scale/limits-of-prod";
import { measurePolling, type Polling } from "./scale/log-polling";
import { ScaleShop } from "./scale/scale-shop";
import { measureRequests, type RequestUse } from "./scale/shop-commands";
import { startServers } from "./servers";

const factors = [1, 10, 100, 1_000];
/** Environments, and how often each is called a second. */
const pollings = [
  [100, 1],
  [100, 10],
  [300, 2],
] as const;

async function run(args: readonly string[]): Promise<void> {
  const unknown = args.find((argument) => argument !== "arithmetic");
  if (unknown !== undefined) throw new Error(`scale knows no ${unknown}: leave it out, or say arithmetic`);
  const figures = args.length > 0 ? keptFigures() : await measure();
  print("Memory of one", figures.keys, ({ kind, bytes, memoryUsageBytes }) => ({
    "": kind,
    bytes: Math.round(bytes),
    "MEMORY USAGE": Math.round(memoryUsageBytes),
  }));
  print("Commands of one request", figures.requests, ({ request, cacheCommands, stateCommands }) => ({
    "": request,
    cache: rounded(cacheCommands),
    state: rounded(stateCommands),
  }));
  const needed = await computed(figures);
  print("prod in its busiest second; * is beyond what it has", needed, ({ what, atFactors, limit, limitIs, at }) => ({
    "": what,
    ...Object.fromEntries(
      Object.entries(atFactors).map(([factor, value]) => [factor, `${rounded(value)}${value > limit ? " *" : ""}`]),
    ),
    has: `${rounded(limit)}, ${limitIs}`,
    "met at": at === undefined ? "never" : `${rounded(at)}×`,
  }));
  keepFigures({ ...figures, assumed, needed });
}

async function measure() {
  const connections = [await measureClusterConnections(20)];
  print("Connections to a cluster of three shards, one with a replica", connections, (counted) => counted);
  const { keys, polling } = await measureRedis();
  print("Reads of a collection's log", polling, ({ predictedPerSecond, countedPerSecond, ...of }) => ({
    ...of,
    predicted: Math.round(predictedPerSecond),
    counted: Math.round(countedPerSecond),
  }));
  return { connections, keys, polling, requests: await measureShop() };
}

async function measureRedis(): Promise<{ readonly keys: readonly KeyMemory[]; readonly polling: readonly Polling[] }> {
  const servers = await startServers();
  const { host, port, user, password } = servers.redis.address;
  const redis = connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
  try {
    await once(redis, "ready");
    const keys = await measureKeyMemory(redis, servers.database);
    await redis.flushall();
    const polling: Polling[] = [];
    for (const [environments, callsPerSecond] of pollings)
      polling.push(await measurePolling(servers.redis.address, environments, callsPerSecond));
    return { keys, polling };
  } finally {
    redis.disconnect();
    await servers.stop();
  }
}

async function measureShop(): Promise<readonly RequestUse[]> {
  const shop = await ScaleShop.start();
  return measureRequests(shop).finally(() => shop.stop());
}

async function computed(measured: Measured) {
  const folder = await synthesize(dataFolder(), new AbortController().signal);
  const prod = limitsOfProd(readAssembly(join(folder, "assembly-prod")));
  return needs(prod, readTraffic(), measured).map((need) => ({
    what: need.what,
    atFactors: Object.fromEntries(factors.map((factor) => [`${factor}×`, need.at(factor)])),
    limit: need.limit,
    limitIs: need.limitIs,
    at: metAt(need),
  }));
}

function print<T>(title: string, rows: readonly T[], row: (of: T) => object): void {
  console.log(`\n${title}\n`);
  console.table(rows.map(row));
}

function rounded(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
