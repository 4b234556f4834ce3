/** The boards as the API shows them: with the films' titles, by one read of the cache. */
import type { Board, BoardFilm, BoardName, RankedFilm } from "#contract/leaderboards";
import type { BoardEntry, BoardWindow } from "@larder/toolkit";
import type { BestSellers } from "./best-sellers";
import type { FilmCache } from "./film-cache";

const windowOf: Record<BoardName, BoardWindow> = {
  "best-sellers-day": "day",
  "best-sellers-week": "week",
  "best-sellers-all": "all",
};

/** Each method throws a RedisUnavailableError when Redis gave no answer. */
export class FilmBoards {
  readonly #bestSellers: BestSellers;
  readonly #films: FilmCache;

  constructor(bestSellers: BestSellers, films: FilmCache) {
    this.#bestSellers = bestSellers;
    this.#films = films;
  }

  async top(board: BoardName, count: number): Promise<Board> {
    const best = await this.#bestSellers.top(windowOf[board], count);
    const titleOf = await this.#titles(best.map(({ member }) => member));
    return { board, items: best.map((entry) => ranked(entry, titleOf)) };
  }

  /** `undefined` when there is no such film, and none was sold of it. */
  async around(board: BoardName, movieId: string, neighbours: number): Promise<BoardFilm | undefined> {
    const standing = await this.#bestSellers.around(windowOf[board], movieId, neighbours);
    const titleOf = await this.#titles([movieId, ...standing.neighbours.map(({ member }) => member)]);
    const [title, rank] = [titleOf(movieId), standing.rank ?? null];
    if (title === null && rank === null) return undefined;
    return {
      board,
      rank,
      movieId: Number(movieId),
      title,
      sold: standing.score,
      neighbours: standing.neighbours.map((entry) => ranked(entry, titleOf)),
    };
  }

  async #titles(ids: readonly string[]): Promise<TitleOf> {
    const films = await this.#films.movies(ids);
    return (id) => films.get(id)?.title ?? null;
  }
}

type TitleOf = (movieId: string) => string | null;

function ranked({ member, rank, score }: BoardEntry, titleOf: TitleOf): RankedFilm {
  return { rank, movieId: Number(member), title: titleOf(member), sold: score };
}
