/** The catalogue's cached reads: a film by its id, and a page of a search by the search. */
import type { CollectionName } from "#contract/collections";
import { type Movie, type MoviePage, MovieSearch } from "#contract/movies";
import type { Database } from "#platform/database";
import type { Collection, Lookup, SharedCache } from "@larder/toolkit";
import { filmTags, resultSetOf } from "./film-tags";
import { filmById, searchFilms } from "./films";

/** A page, and the tag of the films that it pages through: a tag is found from the value alone. */
interface ResultPage {
  readonly resultSet: string;
  readonly page: MoviePage;
}

export interface FilmCache {
  movie(id: string): Promise<Lookup<Movie>>;
  search(search: MovieSearch): Promise<Lookup<MoviePage>>;
  readonly collections: { readonly movies: Collection<Movie>; readonly "movie-searches": Collection<ResultPage> };
}

const minuteMs = 60_000;

export function filmCache(cache: SharedCache, database: Database): FilmCache {
  const movies = cache.collection<Movie>("movies" satisfies CollectionName, {
    ttlMs: 60 * minuteMs,
    staleMs: 10 * minuteMs,
    tags: filmTags,
    load: (id) => filmById(database, id),
  });
  const searches = cache.collection<ResultPage>("movie-searches" satisfies CollectionName, {
    ttlMs: 5 * minuteMs,
    staleMs: 5 * minuteMs,
    tags: ({ resultSet }) => [resultSet],
    load: async (id) => {
      const search = searchOf(id);
      return { resultSet: resultSetOf(search), page: await searchFilms(database, search) };
    },
  });
  return {
    movie: (id) => movies.lookup(id),
    search: async (search) => {
      const { value, tier } = await searches.lookup(idOf(search));
      return { value: value?.page, tier };
    },
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
