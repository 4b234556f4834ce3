/**
 * What is untrue after a film has changed: the film itself, and every page of a search that finds it, or found it before.
 * Other pages stay as they are, whatever they are sorted by.
 *
 * A page is one of a result set: all films, those of a genre, of a director, or of both. With one film changed anything may
 * move in its sets (the order, what lies on which page, the total) and nothing elsewhere. So each page carries the one tag
 * of its set, and a change outdates at most seven tags, however many pages there are.
 */
import type { Movie, MovieSearch } from "#contract/movies";
import type { Invalidation } from "#platform/outbox-table";

/** For `before` and `after`, `undefined` if there is no film then. */
export function filmInvalidations(id: string, before: Movie | undefined, after: Movie | undefined): Invalidation[] {
  const resultSets = [before, after].flatMap((film) => (film === undefined ? [] : resultSetsWith(film)));
  return [
    { collection: "movies", ids: [id] },
    { collection: "movie-searches", tags: [...new Set(resultSets)] },
  ];
}

/** What a film carries itself, for what concerns a genre or a director as a whole. */
export function filmTags({ genre, director }: Movie): string[] {
  return [...(genre === null ? [] : [`genre:${genre}`]), ...(director === null ? [] : [`director:${director}`])];
}

/** The tag of the set that a search pages through. */
export function resultSetOf({ genre, director }: Pick<MovieSearch, "genre" | "director">): string {
  if (genre === undefined) return director === undefined ? "all" : `director:${director}`;
  return director === undefined ? `genre:${genre}` : `genre:${genre} director:${director}`;
}

function resultSetsWith(film: Movie): string[] {
  const genre = film.genre ?? undefined;
  const director = film.director ?? undefined;
  return [{}, { genre }, { director }, { genre, director }].map(resultSetOf);
}
