/** Loads the films of vega-datasets' `movies.json`; an id is the place in that list, from 1. */
import { logger } from "#platform/logger";
import { readFile } from "node:fs/promises";
import type { Client } from "pg";
import * as z from "zod/mini";

const text = z.nullable(z.string());
const figure = z.nullable(z.number());

const SourceFilm = z.object({
  /** Some titles are numbers in the source: `1776`, `2012`. */
  Title: z.nullable(z.union([z.string(), z.number()])),
  "Major Genre": text,
  Director: text,
  "Release Date": text,
  "MPAA Rating": text,
  "Running Time min": figure,
  Distributor: text,
  Source: text,
  "Creative Type": text,
  "US Gross": figure,
  "Worldwide Gross": figure,
  "US DVD Sales": figure,
  "Production Budget": figure,
  "Rotten Tomatoes Rating": figure,
  "IMDB Rating": figure,
  "IMDB Votes": figure,
});
type SourceFilm = z.infer<typeof SourceFilm>;

export async function loadFilms(client: Client, file: string): Promise<void> {
  const films = z.array(SourceFilm).parse(JSON.parse(await readFile(file, "utf8")));
  const rows = films.map((film, at) => rowOf(film, at + 1));
  const titled = rows.filter(({ title }) => title !== null);
  await client.query("INSERT INTO movies SELECT * FROM jsonb_populate_recordset(NULL::movies, $1)", [
    JSON.stringify(titled),
  ]);
  const skipped = rows.filter(({ title }) => title === null).map(({ id }) => id);
  logger.info("films are loaded", { loaded: titled.length, skippedWithoutTitle: skipped });
}

function rowOf(film: SourceFilm, id: number) {
  return {
    id,
    title: film.Title === null ? null : String(film.Title),
    genre: film["Major Genre"],
    director: film.Director,
    released: film["Release Date"] === null ? null : dayOf(film["Release Date"]),
    rating: film["MPAA Rating"],
    running_minutes: film["Running Time min"],
    distributor: film.Distributor,
    source: film.Source,
    creative_type: film["Creative Type"],
    us_gross_dollars: film["US Gross"],
    worldwide_gross_dollars: film["Worldwide Gross"],
    us_dvd_sales_dollars: film["US DVD Sales"],
    budget_dollars: film["Production Budget"],
    rotten_tomatoes_percent: film["Rotten Tomatoes Rating"],
    imdb_rating: film["IMDB Rating"],
    imdb_votes: film["IMDB Votes"],
  };
}

/** No film of the list is younger; a later year comes from reading the two digits of an old one as this century's. */
const newestYear = 2011;

/** `Jun 12 1998` as `1998-06-12`. */
function dayOf(source: string): string {
  const day = new Date(`${source} UTC`);
  if (Number.isNaN(day.getTime()))
    throw new Error(`the release date ${JSON.stringify(source)} is not a day like Jun 12 1998`);
  if (day.getUTCFullYear() > newestYear) day.setUTCFullYear(day.getUTCFullYear() - 100);
  return day.toISOString().slice(0, 10);
}
