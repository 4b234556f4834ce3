/** What the API says of the boards of best-selling films. Days and weeks (from Monday) are those of UTC. */
import * as z from "zod/mini";
import { MovieId } from "./movies";
import { wholeNumber } from "./whole-number";

const BoardName = z.enum(["best-sellers-day", "best-sellers-week", "best-sellers-all"]);
export type BoardName = z.infer<typeof BoardName>;

export const BoardPath = z.object({ board: BoardName });

export const BoardFilmPath = z.object({ board: BoardName, movieId: MovieId });

export const BoardQuery = z.strictObject({ top: z._default(wholeNumber(100), 10) });

/** So many on each side. */
export const BoardFilmQuery = z.strictObject({ neighbours: z._default(wholeNumber(50, 0), 2) });

const film = {
  movieId: z.int(),
  /** `null` for a film that the shop doesn't have any more. */
  title: z.nullable(z.string()),
  sold: z.int(),
};

/** 1 is the best. No two films have the same: of as many sold, the one that had them earlier comes first. */
const RankedFilm = z.object({ rank: z.int(), ...film });
export type RankedFilm = z.infer<typeof RankedFilm>;

/** The best first. */
export const Board = z.object({ board: BoardName, items: z.array(RankedFilm) });
export type Board = z.infer<typeof Board>;

export const BoardFilm = z.object({
  board: BoardName,
  /** `null` for a film of which none was sold. */
  rank: z.nullable(z.int()),
  ...film,
  /** Those next to it, the best first. */
  neighbours: z.array(RankedFilm),
});
export type BoardFilm = z.infer<typeof BoardFilm>;
