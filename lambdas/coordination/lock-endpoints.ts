import {
  type LockAcquisition,
  LockPath,
  LockRelease,
  type LockReleased,
  LockRenewal,
  type LockRenewed,
  type LockStatus,
  LockWish,
} from "#contract/service-locks";
import { LocksUnavailableError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import { isRedisFull } from "#platform/redis-full";
import { RedisUnavailableError } from "@larder/toolkit";
import type { CoordinationServices } from "./services";

/** That another one has the lock is an answer, not an error. */
export const routes: Routes<CoordinationServices> = (app, { serviceLocks }) => {
  app.put(
    "/locks/:name",
    async ({ valid }) => {
      const acquired = await answered(() => serviceLocks.acquire(valid.req.path.name, valid.req.body));
      return Response.json(acquired satisfies LockAcquisition);
    },
    { validation: { req: { path: LockPath, body: LockWish } } },
  );

  app.patch(
    "/locks/:name",
    async ({ valid }) => {
      const { leaseMs, ...id } = valid.req.body;
      const remainingMs = await answered(() => serviceLocks.renew(valid.req.path.name, id, leaseMs));
      return Response.json({ renewed: remainingMs > 0, remainingMs } satisfies LockRenewed);
    },
    { validation: { req: { path: LockPath, body: LockRenewal } } },
  );

  app.delete(
    "/locks/:name",
    async ({ valid }) => {
      const released = await answered(() => serviceLocks.release(valid.req.path.name, valid.req.query));
      return Response.json({ released } satisfies LockReleased);
    },
    { validation: { req: { path: LockPath, query: LockRelease } } },
  );

  app.get(
    "/locks/:name",
    async ({ valid }) => {
      const status = await answered(() => serviceLocks.status(valid.req.path.name));
      return Response.json(status satisfies LockStatus);
    },
    { validation: { req: { path: LockPath } } },
  );
};

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RedisUnavailableError) {
      const done = error.mayBeDone ? ": what you asked for may have been done" : "";
      throw new LocksUnavailableError(error, `locks can't be reached at the moment${done}`);
    }
    if (isRedisFull(error))
      throw new LocksUnavailableError(error, "no lock can be taken at the moment: the redis of locks is full");
    throw error;
  }
}
