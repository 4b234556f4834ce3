import { MovieId, MovieSearch } from "#contract/movies";
import { NotFoundError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import { problem } from "#platform/problem";
import * as z from "zod/mini";
import type { CatalogServices } from "./services";

export const routes: Routes<CatalogServices> = (app, { films, health }) => {
  app.get(
    "/movies",
    async ({ valid }) => {
      const { value, tier } = await films.search(valid.req.query);
      return Response.json(value, { headers: { "x-cache": tier } });
    },
    { validation: { req: { query: MovieSearch } } },
  );

  app.get(
    "/movies/:id",
    async ({ valid }) => {
      const { id } = valid.req.path;
      const { value, tier } = await films.movie(id);
      if (value === undefined) throw new NotFoundError(`there is no film ${id}`);
      return Response.json(value, { headers: { "x-cache": tier } });
    },
    { validation: { req: { path: z.object({ id: MovieId }) } } },
  );

  app.get("/health", async () => {
    const { status, ...members } = await health();
    if (status === "down")
      return problem("unhealthy", "what isn't cached can't be served: PostgreSQL is gone", { members });
    return Response.json({ status, ...members });
  });
};
