/** Films: how they lie in the database, and how they are found there. */
import { Movie, type MoviePage, type MovieSearch } from "#contract/movies";
import type { Queries } from "#platform/queries";
import * as z from "zod/mini";

/** A film as the API shows it, built by the database: `released` as a day, the large figures as numbers. */
const asMovie = `jsonb_build_object(
  'id', id, 'title', title, 'genre', genre, 'director', director, 'released', released, 'rating', rating,
  'runningMinutes', running_minutes, 'distributor', distributor, 'source', source, 'creativeType', creative_type,
  'usGrossDollars', us_gross_dollars, 'worldwideGrossDollars', worldwide_gross_dollars,
  'usDvdSalesDollars', us_dvd_sales_dollars, 'budgetDollars', budget_dollars,
  'rottenTomatoesPercent', rotten_tomatoes_percent, 'imdbRating', imdb_rating, 'imdbVotes', imdb_votes)`;

const FilmRow = z.object({ movie: Movie });

/** `undefined` when there is no such film. */
export async function filmById(database: Queries, id: string): Promise<Movie | undefined> {
  const rows = await database.query(FilmRow, `SELECT ${asMovie} AS movie FROM movies WHERE id = $1`, [id]);
  return rows[0]?.movie;
}

/** What may be sorted by, and its column. Nothing that a caller sends becomes SQL. */
const sortColumns: Record<MovieSearch["sort"], string> = {
  title: "title",
  released: "released",
  imdbRating: "imdb_rating",
  worldwideGross: "worldwide_gross_dollars",
};

const PageRow = z.object({ items: z.array(Movie), total: z.int() });

/** One page of the films that match, and how many match in all, in one statement. */
export async function searchFilms(database: Queries, search: MovieSearch): Promise<MoviePage> {
  const { genre, director, sort, order, page, pageSize } = search;
  const matching = "($1::text IS NULL OR genre = $1) AND ($2::text IS NULL OR director = $2)";
  const rows = await database.query(
    PageRow,
    `SELECT (SELECT count(*)::int FROM movies WHERE ${matching}) AS total,
            coalesce((SELECT jsonb_agg(movie) FROM (
              SELECT ${asMovie} AS movie FROM movies WHERE ${matching}
              ORDER BY ${sortColumns[sort]} ${order} NULLS LAST, id ${order} LIMIT $3 OFFSET $4) page), '[]') AS items`,
    [genre ?? null, director ?? null, pageSize, (page - 1) * pageSize],
  );
  const { items, total } = z.tuple([PageRow]).parse(rows)[0];
  return { items, page, pageSize, total };
}
