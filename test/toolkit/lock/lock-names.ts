/** Locks for tests. */
import { type Acquired, type Lease, Locks, type LocksOptions, type RedisClient } from "@larder/toolkit";
import { randomUUID } from "node:crypto";

export function newLocks(redis: RedisClient, more: Partial<LocksOptions> = {}): Locks {
  return new Locks({ redis, deadlineMs: 5_000, ...more });
}

/** The name of a lock that nobody has had yet. */
export function newName(): string {
  return `lock ${randomUUID()}`;
}

export function leaseOf(acquired: Acquired): Lease {
  if (!acquired.acquired) throw new Error(`the lock isn't acquired: ${acquired.reason}`);
  return acquired.lease;
}
