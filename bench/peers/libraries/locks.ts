/** Locks of Larder, its peers, and by hand, for `npm run bench -- locks`. */
import { connectRedis, Locks } from "@larder/toolkit";
import { Redis as Redis5 } from "ioredis";
import { createHash, randomUUID } from "node:crypto";
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
      // By itself it asks again after 200 to 400 ms. So often it is at its best, and so often redis-semaphore does by itself.
      const settings = { retryCount: -1, retryDelay: 10, retryJitter: 5 };
      const redlock = new Redlock([new Redis5({ host, port, username: user, password })], settings);
      return async (name) => {
        const lock = await redlock.acquire([`redlock:${name}`], leaseMs);
        return () => lock.release();
      };
    }
    case "redis-semaphore": {
      const redis = new Redis5({ host, port, username: user, password });
      return async (name) => {
        const mutex = new Mutex(redis, name, { lockTimeout: leaseMs, acquireTimeout: waitMs });
        await mutex.acquire();
        return () => mutex.release();
      };
    }
    case "by hand":
      return byHand(endpoint);
  }
}

const unlock = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
const unlockSha1 = createHash("sha1").update(unlock).digest("hex");

/** What Redis' documentation shows: `SET NX PX`, and a script that deletes what is one's own. */
async function byHand(endpoint: Endpoint): Promise<Take> {
  const redis = connect(endpoint);
  await redis.script("LOAD", unlock);
  return async (name) => {
    const key = `by-hand:${name}`;
    const holder = randomUUID();
    if ((await redis.set(key, holder, "PX", leaseMs, "NX")) !== "OK") throw new Error("not acquired");
    return () => redis.evalsha(unlockSha1, 1, key, holder);
  };
}
