/** What is cached: a film of about 1 KB as JSON, or a small record. */
import type { Entry } from "./library";

export interface Film extends Entry {
  readonly title: string;
  readonly released: string;
  readonly director: string;
  readonly genre: string;
  readonly plot: string;
  readonly cast: readonly string[];
  readonly ratings: { readonly imdb: number; readonly votes: number; readonly rottenTomatoes: number };
}

const actors = [
  "Catherine Deneuve",
  "Anna Karina",
  "Jean-Paul Belmondo",
  "Jeanne Moreau",
  "Alain Delon",
  "Claude Jade",
];
const sentence =
  "A stranger comes to a town by the sea, where nobody will say what happened on the night of the storm. ";

/** Another text for each id: nothing can be served in place of another unnoticed. */
export function film(id: string): Film {
  return {
    id,
    title: `The Storm, part ${id}`,
    released: "1964-02-19",
    director: "Agnès Varda",
    genre: "Drama",
    plot: `${id}: ${sentence.repeat(6)}`,
    cast: actors,
    ratings: { imdb: 7.8, votes: 28_413, rottenTomatoes: 97 },
  };
}

export interface SmallFilm extends Entry {
  readonly title: string;
  readonly year: number;
  readonly seen: boolean;
}

export function smallFilm(id: string): SmallFilm {
  return { id, title: `The Storm, part ${id}`, year: 1964, seen: false };
}

export function filmIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `film-${100_000 + index}`);
}
