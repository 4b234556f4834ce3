import { BoardFilmPath, BoardFilmQuery, BoardPath, BoardQuery } from "#contract/leaderboards";
import { BoardsUnavailableError, NotFoundError } from "#platform/errors";
import type { Routes } from "#platform/http-function";
import { RedisUnavailableError } from "@larder/toolkit";
import type { LeaderboardsServices } from "./services";

export const routes: Routes<LeaderboardsServices> = (app, { boards }) => {
  app.get(
    "/leaderboards/:board",
    async ({ valid }) => Response.json(await answered(() => boards.top(valid.req.path.board, valid.req.query.top))),
    { validation: { req: { path: BoardPath, query: BoardQuery } } },
  );

  app.get(
    "/leaderboards/:board/around/:movieId",
    async ({ valid }) => {
      const { board, movieId } = valid.req.path;
      const film = await answered(() => boards.around(board, movieId, valid.req.query.neighbours));
      if (film === undefined) throw new NotFoundError(`there is no film ${movieId}`);
      return Response.json(film);
    },
    { validation: { req: { path: BoardFilmPath, query: BoardFilmQuery } } },
  );
};

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RedisUnavailableError) throw new BoardsUnavailableError(error);
    throw error;
  }
}
