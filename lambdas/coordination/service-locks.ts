/** Locks for services in any language. Their leases outlive the request: whoever has one renews it and gives it back. */
import type { LockAcquisition, LockStatus } from "#contract/service-locks";
import type { AcquireOptions, LeaseId, Locks } from "@larder/toolkit";

/** What an answer needs on its way. */
const answeringMs = 1_000;

export class ServiceLocks {
  readonly #locks: Locks;
  readonly #remainingMs: () => number;

  /** @param remainingMs of the invocation: nobody waits for a lock longer than that */
  constructor(locks: Locks, remainingMs: () => number) {
    this.#locks = locks;
    this.#remainingMs = remainingMs;
  }

  async acquire(name: string, { leaseMs, waitMs = 0, holder }: AcquireOptions): Promise<LockAcquisition> {
    const mostMs = Math.max(0, Math.floor(this.#remainingMs()) - answeringMs);
    const taken = await this.#locks.acquire(lockOf(name), { leaseMs, waitMs: Math.min(waitMs, mostMs), holder });
    if (!taken.acquired) return taken;
    const { lease } = taken;
    const { token, safety } = lease;
    return { acquired: true, token, holder: lease.holder, remainingMs: Math.floor(lease.remainingMs()), safety };
  }

  renew(name: string, id: LeaseId, leaseMs: number): Promise<number> {
    return this.#locks.renew(lockOf(name), id, leaseMs);
  }

  release(name: string, id: LeaseId): Promise<boolean> {
    return this.#locks.release(lockOf(name), id);
  }

  /** Without token and holder, by which anybody could give it back. */
  async status(name: string): Promise<LockStatus> {
    const state = await this.#locks.read(lockOf(name));
    return { held: state.held, remainingMs: state.held ? Math.floor(state.remainingMs) : 0, waiters: state.waiters };
  }
}

/** Apart from the application's own. */
function lockOf(name: string): string {
  return `service ${name}`;
}
