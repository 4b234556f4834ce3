/** The catalogue's cached reads: a film by its id, and a page of a search by the search. */
import { type CollectionName, collectionShapes } from "#contract/collections";
import { type Movie, type MoviePage, MovieSearch } from "#contract/movies";
import type { Database } from "#platform/database";
import type { Collection, Lookup, SharedCache } from "@larder/toolkit";
import { filmTags, resultSetOf } from "./film-tags";
import { filmById, filmsByIds, searchFilms } from "./films";

export interface FilmCache {
  movie(id: string): Promise<Lookup<Movie>>;
  /** By their ids; what isn't there is left out. */
  movies(ids: readonly string[]): Promise<ReadonlyMap<string, Movie>>;
  search(search: MovieSearch): Promise<Lookup<MoviePage>>;
  readonly collections: { readonly movies: Collection<Movie>; readonly "movie-searches": Collection<MoviePage> };
}

const minuteMs = 60_000;

export function filmCache(cache: SharedCache, database: Database): FilmCache {
  const movies = cache.collection<Movie>("movies" satisfies CollectionName, {
    shape: collectionShapes.movies,
    ttlMs: 60 * minuteMs,
    staleMs: 10 * minuteMs,
    tags: filmTags,
    load: (id) => filmById(database, id),
    loadMany: (ids) => filmsByIds(database, ids),
  });
  const searches = cache.collection<MoviePage>("movie-searches" satisfies CollectionName, {
    shape: collectionShapes["movie-searches"],
    ttlMs: 5 * minuteMs,
    staleMs: 5 * minuteMs,
    tags: (_page, id) => [resultSetOf(searchOf(id))],
    load: (id) => searchFilms(database, searchOf(id)),
  });
  return {
    movie: (id) => movies.lookup(id),
    movies: (ids) => movies.getMany(ids),
    search: (search) => searches.lookup(idOf(search)),
    collections: { movies, "movie-searches": searches },
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
