import type { Health } from "#contract/health";
import { MovieChange, MoviePath, MovieSearch, NewMovie } from "#contract/movies";
import { NotFoundError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import { problem } from "#platform/problem";
import type { CatalogServices } from "./services";

export const routes: Routes<CatalogServices> = (app, { films, filmChanges, health }) => {
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
    { validation: { req: { path: MoviePath } } },
  );

  app.post(
    "/movies",
    async ({ valid }) => {
      const added = await filmChanges.add(valid.req.body);
      return Response.json(added, { status: 201, headers: { location: `/movies/${added.id}` } });
    },
    { validation: { req: { body: NewMovie } } },
  );

  app.patch(
    "/movies/:id",
    async ({ valid }) => {
      const { id } = valid.req.path;
      const changed = await filmChanges.change(id, valid.req.body);
      if (changed === undefined) throw new NotFoundError(`there is no film ${id}`);
      return Response.json(changed);
    },
    { validation: { req: { path: MoviePath, body: MovieChange } } },
  );

  app.delete(
    "/movies/:id",
    async ({ valid }) => {
      const { id } = valid.req.path;
      if (!(await filmChanges.remove(id))) throw new NotFoundError(`there is no film ${id}`);
      return new Response(null, { status: 204 });
    },
    { validation: { req: { path: MoviePath } } },
  );

  app.get("/health", async () => {
    const { status, ...members } = await health();
    if (status === "down")
      return problem("unhealthy", "what isn't cached can't be served: PostgreSQL is gone", { members });
    return Response.json({ status, ...members } satisfies Health);
  });
};
