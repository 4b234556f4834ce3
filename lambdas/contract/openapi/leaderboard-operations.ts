import { Board, BoardFilm, BoardFilmPath, BoardFilmQuery, BoardPath, BoardQuery } from "../leaderboards";
import type { RouteKey } from "../routes";
import type { Operation } from "./operation";
import { whileLoading } from "./problems";

const description =
  "Paid orders count, some moments after they were paid. Days and weeks (from Monday) are those of UTC; of as many sold, the film that had them earlier comes first.";

export const leaderboardOperations = {
  "GET /leaderboards/{board}": {
    id: "getBoard",
    summary: "The best-selling films of the day, the week or all time",
    description,
    request: { path: BoardPath, query: BoardQuery },
    answers: { 200: { description: "The best, in order.", body: Board } },
    problems: ["boards-unavailable", ...whileLoading],
  },
  "GET /leaderboards/{board}/around/{movieId}": {
    id: "getBoardFilm",
    summary: "Where a film stands among the best-selling, and which are next to it",
    description,
    request: { path: BoardFilmPath, query: BoardFilmQuery },
    answers: { 200: { description: "The film and its neighbours.", body: BoardFilm } },
    problems: ["not-found", "boards-unavailable", ...whileLoading],
  },
} satisfies Partial<Record<RouteKey, Operation>>;
