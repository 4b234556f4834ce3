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
import { answered, type Unavailable } from "./answered";
import type { CoordinationServices } from "./services";

/** That another one has the lock is an answer, not an error. */
export const routes: Routes<CoordinationServices> = (app, { serviceLocks }) => {
  app.put(
    "/locks/:name",
    async ({ valid }) => {
      const acquired = await answered(unavailable, () => serviceLocks.acquire(valid.req.path.name, valid.req.body));
      return Response.json(acquired satisfies LockAcquisition);
    },
    { validation: { req: { path: LockPath, body: LockWish } } },
  );

  app.patch(
    "/locks/:name",
    async ({ valid }) => {
      const { leaseMs, ...id } = valid.req.body;
      const remainingMs = await answered(unavailable, () => serviceLocks.renew(valid.req.path.name, id, leaseMs));
      return Response.json({ renewed: remainingMs > 0, remainingMs } satisfies LockRenewed);
    },
    { validation: { req: { path: LockPath, body: LockRenewal } } },
  );

  app.delete(
    "/locks/:name",
    async ({ valid }) => {
      const released = await answered(unavailable, () => serviceLocks.release(valid.req.path.name, valid.req.query));
      return Response.json({ released } satisfies LockReleased);
    },
    { validation: { req: { path: LockPath, query: LockRelease } } },
  );

  app.get(
    "/locks/:name",
    async ({ valid }) => {
      const status = await answered(unavailable, () => serviceLocks.status(valid.req.path.name));
      return Response.json(status satisfies LockStatus);
    },
    { validation: { req: { path: LockPath } } },
  );
};

const unavailable: Unavailable = {
  error: LocksUnavailableError,
  gone: "locks can't be reached at the moment",
  full: "no lock can be taken at the moment: the redis of locks is full",
};
