import { type FailoverBegun, FailoverWish, type RedisGroups } from "#contract/admin-cache";
import type { Routes } from "#platform/http-function";
import type { OperationsServices } from "./services";

export const routes: Routes<OperationsServices> = (app, { redisGroups, failovers }) => {
  app.get("/admin/cache", async () => Response.json({ groups: await redisGroups.read() } satisfies RedisGroups));

  app.post(
    "/admin/cache/failover",
    async ({ valid }) =>
      Response.json((await failovers.begin(valid.req.body)) satisfies FailoverBegun, { status: 202 }),
    { validation: { req: { body: FailoverWish } } },
  );
};
