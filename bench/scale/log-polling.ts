/** How often environments read a collection's log: computed, and counted on a Redis with as many that are called as chance has it. */
import { connectRedis, SharedCache } from "@larder/toolkit";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { RedisAddress } from "../../local/servers/redis";

export interface Polling {
  readonly environments: number;
  /** Of each environment. */
  readonly callsPerSecond: number;
  readonly predictedPerSecond: number;
  readonly countedPerSecond: number;
}

const maxStalenessMs = 500;
const seconds = 10;

/**
 * A reading lasts for `maxStalenessMs`; the first call after that makes the next one. Calls that come as chance has it take
 * 1/rate on average to come.
 */
export function logReadsPerSecond(environments: number, callsPerSecond: number, staleMs = maxStalenessMs): number {
  return environments / (staleMs / 1_000 + 1 / callsPerSecond);
}

export async function measurePolling(
  address: RedisAddress,
  environments: number,
  callsPerSecond: number,
): Promise<Polling> {
  const { host, port, user, password } = address;
  const connect = () =>
    connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
  const clients = Array.from({ length: environments }, connect);
  const observer = connect();
  await Promise.all([...clients, observer].map((client) => once(client, "ready")));
  try {
    const collections = clients.map((redis) =>
      new SharedCache({ redis, near: { maxStalenessMs } }).collection<string>("movies", {
        ttlMs: 3_600_000,
        load: () => Promise.resolve("a film"),
      }),
    );
    for (const collection of collections) await collection.get("1"); // from now on it is near
    const end = new AbortController();
    const traffic = collections.map((collection) =>
      callAsChanceHasIt(callsPerSecond, end.signal, () => collection.get("1")),
    );
    await pause(2_000); // readings of different environments come at different times by then
    await observer.config("RESETSTAT");
    const begunAt = performance.now();
    await pause(seconds * 1_000);
    const calls = Number(/cmdstat_evalsha:calls=(\d+)/.exec(await observer.info("commandstats"))?.[1] ?? 0);
    const tookSeconds = (performance.now() - begunAt) / 1_000;
    end.abort();
    await Promise.all(traffic);
    return {
      environments,
      callsPerSecond,
      predictedPerSecond: logReadsPerSecond(environments, callsPerSecond),
      countedPerSecond: calls / tookSeconds,
    };
  } finally {
    for (const client of [...clients, observer]) client.disconnect();
  }
}

async function callAsChanceHasIt(perSecond: number, signal: AbortSignal, call: () => Promise<unknown>): Promise<void> {
  let nextAtMs = performance.now();
  while (!signal.aborted) {
    nextAtMs += (-Math.log(1 - Math.random()) / perSecond) * 1_000; // so that what a timer is late doesn't add up
    const waitMs = nextAtMs - performance.now();
    if (waitMs > 0) await pause(waitMs);
    await call();
  }
}
