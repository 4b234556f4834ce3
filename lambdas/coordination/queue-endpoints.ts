import {
  type DeadLetterList,
  DeadLetterPath,
  DeadLetterQuery,
  QueuePath,
  type QueueStatus,
} from "#contract/admin-queues";
import { NotFoundError, QueuesUnavailableError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import type { DeadLetter } from "@larder/toolkit";
import { answered, type Unavailable } from "./answered";
import type { CoordinationServices } from "./services";

export const routes: Routes<CoordinationServices> = (app, { queues }) => {
  app.get(
    "/admin/queues/:name",
    async ({ valid }) => {
      const status = await answered(unavailable, () => queues[valid.req.path.name].stats());
      return Response.json(status satisfies QueueStatus);
    },
    { validation: { req: { path: QueuePath } } },
  );

  app.get(
    "/admin/queues/:name/dead",
    async ({ valid }) => {
      const letters = await answered(unavailable, () => queues[valid.req.path.name].dead(valid.req.query));
      return Response.json({ items: letters.map(shown) } satisfies DeadLetterList);
    },
    { validation: { req: { path: QueuePath, query: DeadLetterQuery } } },
  );

  app.post(
    "/admin/queues/:name/dead/:id/retry",
    async ({ valid }) => {
      const { name, id } = valid.req.path;
      if (!(await answered(unavailable, () => queues[name].retryDead(id))))
        throw new NotFoundError(`the queue ${name} has no dead letter ${id}`);
      return new Response(null, { status: 204 });
    },
    { validation: { req: { path: DeadLetterPath } } },
  );
};

function shown({ id, data, attempts, reason, addedAtMs, diedAtMs }: DeadLetter): DeadLetterList["items"][number] {
  const [addedAt, diedAt] = [new Date(addedAtMs).toISOString(), new Date(diedAtMs).toISOString()];
  return { id, data, attempts, reason, addedAt, diedAt };
}

const unavailable: Unavailable = {
  error: QueuesUnavailableError,
  gone: "queues can't be reached at the moment",
  full: "no job can be added at the moment: the redis of queues is full",
};
