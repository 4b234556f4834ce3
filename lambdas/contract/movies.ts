/** What the API says of films. */
import * as z from "zod/mini";

/** A film's place in the list it was loaded from, counted from 1. */
export const MovieId = z.string().check(z.regex(/^[1-9]\d{0,8}$/, "must be a whole number of at least 1"));

export const Movie = z.object({
  id: z.int(),
  title: z.string(),
  genre: z.nullable(z.string()),
  director: z.nullable(z.string()),
  /** The day, as `1998-06-12`. */
  released: z.nullable(z.string()),
  /** The age rating of the Motion Picture Association, such as `PG-13`. */
  rating: z.nullable(z.string()),
  runningMinutes: z.nullable(z.int()),
  distributor: z.nullable(z.string()),
  source: z.nullable(z.string()),
  creativeType: z.nullable(z.string()),
  usGrossDollars: z.nullable(z.int()),
  worldwideGrossDollars: z.nullable(z.int()),
  usDvdSalesDollars: z.nullable(z.int()),
  budgetDollars: z.nullable(z.int()),
  rottenTomatoesPercent: z.nullable(z.int()),
  imdbRating: z.nullable(z.number()),
  imdbVotes: z.nullable(z.int()),
});
export type Movie = z.infer<typeof Movie>;

/** PostgreSQL stores no NUL character, and no name is longer. */
const name = z.string().check(
  z.minLength(1),
  z.maxLength(100),
  z.refine((text) => !text.includes("\0"), "must hold no NUL character"),
);

function wholeNumber(atMost: number) {
  return z.pipe(
    z.string().check(z.regex(/^[1-9]\d{0,5}$/, `must be a whole number from 1 to ${atMost}`)),
    z.pipe(z.transform(Number), z.int().check(z.maximum(atMost, `must be at most ${atMost}`))),
  );
}

const movieSorts = ["title", "released", "imdbRating", "worldwideGross"] as const;

/** The query string of a search. Films without the figure that is sorted by come last, in either order. */
export const MovieSearch = z.strictObject({
  genre: z.optional(name),
  director: z.optional(name),
  sort: z._default(z.enum(movieSorts), "title"),
  order: z._default(z.enum(["asc", "desc"]), "asc"),
  page: z._default(wholeNumber(10_000), 1),
  pageSize: z._default(wholeNumber(100), 20),
});
export type MovieSearch = z.infer<typeof MovieSearch>;

export const MoviePage = z.object({
  items: z.array(Movie),
  page: z.int(),
  pageSize: z.int(),
  /** How many films match, on all pages. */
  total: z.int(),
});
export type MoviePage = z.infer<typeof MoviePage>;
