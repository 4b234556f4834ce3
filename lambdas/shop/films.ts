/** Films: how they lie in the database, and how they are found and changed there. */
import { Movie, type MovieChange, type MoviePage, type MovieSearch, type NewMovie } from "#contract/movies";
import type { Queries } from "#platform/queries";
import type { Transaction } from "#platform/transaction";
import * as z from "zod/mini";

/** What a film has, and its column. Nothing that a caller sends becomes SQL. */
const columns: Record<keyof NewMovie, string> = {
  title: "title",
  genre: "genre",
  director: "director",
  released: "released",
  rating: "rating",
  runningMinutes: "running_minutes",
  distributor: "distributor",
  source: "source",
  creativeType: "creative_type",
  usGrossDollars: "us_gross_dollars",
  worldwideGrossDollars: "worldwide_gross_dollars",
  usDvdSalesDollars: "us_dvd_sales_dollars",
  budgetDollars: "budget_dollars",
  rottenTomatoesPercent: "rotten_tomatoes_percent",
  imdbRating: "imdb_rating",
  imdbVotes: "imdb_votes",
};

/** A film as the API shows it, built by the database: `released` as a day, the large figures as numbers. */
const asMovie = `jsonb_build_object('id', id, ${Object.entries(columns)
  .map(([name, column]) => `'${name}', ${column}`)
  .join(", ")})`;

const FilmRow = z.object({ movie: Movie });

/** `undefined` when there is no such film. */
export async function filmById(database: Queries, id: string): Promise<Movie | undefined> {
  const rows = await database.query(FilmRow, `SELECT ${asMovie} AS movie FROM movies WHERE id = $1`, [id]);
  return rows[0]?.movie;
}

/** By their ids; what isn't there is left out. */
export async function filmsByIds(database: Queries, ids: readonly string[]): Promise<Map<string, Movie>> {
  const rows = await database.query(FilmRow, `SELECT ${asMovie} AS movie FROM movies WHERE id = ANY($1)`, [ids]);
  return new Map(rows.map(({ movie }) => [String(movie.id), movie]));
}

const sortColumns: Record<MovieSearch["sort"], string> = {
  title: columns.title,
  released: columns.released,
  imdbRating: columns.imdbRating,
  worldwideGross: columns.worldwideGrossDollars,
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

export async function insertFilm(tx: Transaction, film: NewMovie): Promise<Movie> {
  const set = assignments(film);
  const rows = await tx.query(
    FilmRow,
    `INSERT INTO movies (id, ${set.map(({ column }) => column).join(", ")})
     VALUES (nextval('movie_ids'), ${set.map((_, at) => `$${at + 1}`).join(", ")}) RETURNING ${asMovie} AS movie`,
    set.map(({ value }) => value),
  );
  return z.tuple([FilmRow]).parse(rows)[0].movie;
}

/** As `filmById`; nobody else changes the film until the transaction ends. */
export async function lockFilm(tx: Transaction, id: string): Promise<Movie | undefined> {
  const rows = await tx.query(FilmRow, `SELECT ${asMovie} AS movie FROM movies WHERE id = $1 FOR UPDATE`, [id]);
  return rows[0]?.movie;
}

/** Of a film that is there and locked. Returns it as it is then. */
export async function updateFilm(tx: Transaction, id: string, change: MovieChange): Promise<Movie> {
  const set = assignments(change);
  const rows = await tx.query(
    FilmRow,
    `UPDATE movies SET ${set.map(({ column }, at) => `${column} = $${at + 2}`).join(", ")} WHERE id = $1
     RETURNING ${asMovie} AS movie`,
    [id, ...set.map(({ value }) => value)],
  );
  return z.tuple([FilmRow]).parse(rows)[0].movie;
}

export async function deleteFilm(tx: Transaction, id: string): Promise<void> {
  await tx.query(z.object({}), "DELETE FROM movies WHERE id = $1", [id]);
}

function assignments(change: MovieChange): { readonly column: string; readonly value: unknown }[] {
  const values = new Map<string, unknown>(Object.entries(change));
  return Object.entries(columns)
    .filter(([name]) => values.get(name) !== undefined)
    .map(([name, column]) => ({ column, value: values.get(name) }));
}
