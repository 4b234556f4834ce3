/** Locks of Larder, its peers, and by hand, for `npm run bench -- locks`. */
import { connectRedis, Locks } from "@larder/toolkit";
import { Redis as Redis5 } from "ioredis";
import type { Redis } from "ioredis-6";
import { randomUUID } from "node:crypto";
import { Mutex } from "redis-semaphore";
import Redlock from "redlock";
import type { Endpoint } from "../library";
import { connect } from "./ioredis";

const leaseMs = 10_000;
const waitMs = 60_000;

/** Resolves with what releases it. */
export type Take = (name: string) => Promise<() => Promise<unknown>>;

export const lockLibraries = ["by hand", "larder", "redlock", "redis-semaphore"] as const;
export type LockLibrary = (typeof lockLibraries)[number];

/** Those that let somebody wait. */
export const waitingLibraries = lockLibraries.filter((name) => name !== "by hand");

export async function openLocks(library: LockLibrary, endpoint: Endpoint): Promise<Take> {
  const { host, port, user, password } = endpoint;
  switch (library) {
    case "larder": {
      const redis = connectRedis({
        mode: "single",
        host,
        port,
        credentials: { username: user, password: () => password },
      });
      await new Promise((resolve) => redis.once("ready", resolve));
      const locks = new Locks({ redis, deadlineMs: 5_000 });
      return async (name) => {
        const acquired = await locks.acquire(name, { leaseMs, waitMs });
        if (!acquired.acquired) throw new Error(`not acquired: ${acquired.reason}`);
        return () => acquired.lease.release();
      };
    }
    case "redlock": {
      // Its types want ioredis 5. By itself it asks again after 200 to 400 ms: this is its best.
      const redlock = new Redlock([new Redis5({ host, port, username: user, password })], {
        retryCount: -1,
        retryDelay: 10,
        retryJitter: 5,
      });
      return async (name) => {
        const lock = await redlock.acquire([`redlock:${name}`], leaseMs);
        return () => lock.release();
      };
    }
    case "redis-semaphore": {
      const redis = raw(endpoint);
      return async (name) => {
        const mutex = new Mutex(redis, name, { lockTimeout: leaseMs, acquireTimeout: waitMs });
        await mutex.acquire();
        return () => mutex.release();
      };
    }
    case "by hand":
      return byHand(raw(endpoint));
  }
}

/** What Redis' documentation shows: `SET NX PX`, and a script that deletes what is one's own. */
function byHand(redis: Redis): Take {
  redis.defineCommand("unlock", {
    numberOfKeys: 1,
    lua: "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0",
  });
  return async (name) => {
    const holder = randomUUID();
    if ((await redis.set(`by-hand:${name}`, holder, "PX", leaseMs, "NX")) !== "OK") throw new Error("not acquired");
    return () => unlock(redis, `by-hand:${name}`, holder);
  };
}

function unlock(
  redis: Redis & { unlock?: (key: string, holder: string) => Promise<unknown> },
  key: string,
  holder: string,
) {
  if (redis.unlock === undefined) throw new Error("the command isn't defined");
  return redis.unlock(key, holder);
}

function raw(endpoint: Endpoint): Redis {
  const client = connect(endpoint);
  if ("slots" in client) throw new Error("not a single primary");
  return client;
}
