/** The catalogue's cached reads: a film by its id, and a page of a search by the search. */
import { type Movie, type MoviePage, MovieSearch } from "#contract/movies";
import type { Database } from "#platform/database";
import type { Collection, Lookup, SharedCache } from "@larder/toolkit";
import { filmById, searchFilms } from "./films";

export interface FilmCache {
  movie(id: string): Promise<Lookup<Movie>>;
  search(search: MovieSearch): Promise<Lookup<MoviePage>>;
}

const movieTtlMs = 60 * 60_000;
const searchTtlMs = 5 * 60_000;

export function filmCache(cache: SharedCache, database: Database): FilmCache {
  const movies: Collection<Movie> = cache.collection("movies", {
    ttlMs: movieTtlMs,
    load: (id) => filmById(database, id),
  });
  const searches: Collection<MoviePage> = cache.collection("movie-searches", {
    ttlMs: searchTtlMs,
    load: (id) => searchFilms(database, searchOf(id)),
  });
  return {
    movie: (id) => movies.lookup(id),
    search: (search) => searches.lookup(idOf(search)),
  };
}

/** The same for every spelling of a search: defaults filled in, parameters in one order. */
function idOf({ genre, director, sort, order, page, pageSize }: MovieSearch): string {
  const filters = { ...(genre !== undefined && { genre }), ...(director !== undefined && { director }) };
  return new URLSearchParams({ ...filters, sort, order, page: String(page), pageSize: String(pageSize) }).toString();
}

function searchOf(id: string): MovieSearch {
  return MovieSearch.parse(Object.fromEntries(new URLSearchParams(id)));
}
