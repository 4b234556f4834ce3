import {
  type DeadLetterList,
  DeadLetterPath,
  DeadLetterQuery,
  QueuePath,
  type QueueStatus,
} from "#contract/admin-queues";
import { NotFoundError, QueuesUnavailableError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import { isRedisFull } from "#platform/redis-full";
import { type DeadLetter, RedisUnavailableError } from "@larder/toolkit";
import type { CoordinationServices } from "./services";

export const routes: Routes<CoordinationServices> = (app, { queues }) => {
  app.get(
    "/admin/queues/:name",
    async ({ valid }) => {
      const status = await answered(() => queues[valid.req.path.name].stats());
      return Response.json(status satisfies QueueStatus);
    },
    { validation: { req: { path: QueuePath } } },
  );

  app.get(
    "/admin/queues/:name/dead",
    async ({ valid }) => {
      const letters = await answered(() => queues[valid.req.path.name].dead(valid.req.query));
      return Response.json({ items: letters.map(shown) } satisfies DeadLetterList);
    },
    { validation: { req: { path: QueuePath, query: DeadLetterQuery } } },
  );

  app.post(
    "/admin/queues/:name/dead/:id/retry",
    async ({ valid }) => {
      const { name, id } = valid.req.path;
      if (!(await answered(() => queues[name].retryDead(id))))
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

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RedisUnavailableError) {
      const done = error.mayBeDone ? ": what you asked for may have been done" : "";
      throw new QueuesUnavailableError(error, `queues can't be reached at the moment${done}`);
    }
    if (isRedisFull(error))
      throw new QueuesUnavailableError(error, "no job can be added at the moment: the redis of queues is full");
    throw error;
  }
}
