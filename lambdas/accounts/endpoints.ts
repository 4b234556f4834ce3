import { UserId } from "#contract/users";
import { NotFoundError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import * as z from "zod/mini";
import type { AccountsServices } from "./services";

export const routes: Routes<AccountsServices> = (app, { users }) => {
  app.get(
    "/users/:id",
    async ({ valid }) => {
      const { id } = valid.req.path;
      const { value, tier } = await users.lookup(id);
      if (value === undefined) throw new NotFoundError(`there is no user ${id}`);
      return Response.json(value, { headers: { "x-cache": tier } });
    },
    { validation: { req: { path: z.object({ id: UserId }) } } },
  );
};
