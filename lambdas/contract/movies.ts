/** What the API says of films. */
import * as z from "zod/mini";
import { wholeNumber } from "./whole-number";
import { jsonObject } from "./json-object";
import { text } from "./text";

/** Those that were loaded are numbered by their place in the list they came from; the shop's own follow. */
export const MovieId = z.string().check(z.regex(/^[1-9]\d{0,8}$/, "must be a whole number of at least 1"));

export const MoviePath = z.object({ id: MovieId });

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

/** What PostgreSQL's `integer` can hold. */
const count = z.int().check(z.nonnegative(), z.maximum(2_147_483_647));
const dollars = z.int().check(z.nonnegative());

/** No name is longer: of a genre, a director … */
const name = text(100);

/** A film as an administrator describes it. */
export const NewMovie = jsonObject({
  title: text(300),
  genre: z.optional(z.nullable(name)),
  director: z.optional(z.nullable(name)),
  released: z.optional(z.nullable(z.iso.date().check(z.refine((day) => day >= "1888", "must be in 1888 or later")))),
  rating: z.optional(z.nullable(name)),
  runningMinutes: z.optional(z.nullable(count)),
  distributor: z.optional(z.nullable(name)),
  source: z.optional(z.nullable(name)),
  creativeType: z.optional(z.nullable(name)),
  usGrossDollars: z.optional(z.nullable(dollars)),
  worldwideGrossDollars: z.optional(z.nullable(dollars)),
  usDvdSalesDollars: z.optional(z.nullable(dollars)),
  budgetDollars: z.optional(z.nullable(dollars)),
  rottenTomatoesPercent: z.optional(z.nullable(z.int().check(z.nonnegative(), z.maximum(100)))),
  imdbRating: z.optional(z.nullable(z.number().check(z.minimum(1), z.maximum(10), z.multipleOf(0.1)))),
  imdbVotes: z.optional(z.nullable(count)),
});
export type NewMovie = z.infer<typeof NewMovie>;

/** What is left out stays as it is; `null` says that it isn't known. */
export const MovieChange = z
  .partial(NewMovie)
  .check(z.refine((change) => Object.keys(change).length > 0, "must change something"));
export type MovieChange = z.infer<typeof MovieChange>;

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
