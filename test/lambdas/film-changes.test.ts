import { SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";
import { catalogServices } from "../../lambdas/catalog/services";
import { type Movie, MovieSearch } from "../../lambdas/contract/movies";
import { filmInvalidations } from "../../lambdas/shop/film-tags";
import { filmById, searchFilms } from "../../lambdas/shop/films";
import { connected, reach } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { connectedDatabase, migratedDatabase } from "../support/shop-database";

/** Searches that find the changed film before, after or not at all; each in two orders, and one past the end. */
const filters = [
  {},
  { genre: "Drama" },
  { genre: "Comedy" },
  { genre: "Western" },
  { director: "Steven Spielberg" },
  { director: "Woody Allen" },
  { director: "John Ford" },
  { genre: "Drama", director: "Steven Spielberg" },
  { genre: "Drama", director: "Woody Allen" },
  { genre: "Comedy", director: "Steven Spielberg" },
  { genre: "Comedy", director: "Woody Allen" },
];
const searches = filters.flatMap((filter) => [
  MovieSearch.parse({ ...filter, pageSize: "5" }),
  MovieSearch.parse({ ...filter, sort: "imdbRating", order: "desc", page: "2", pageSize: "5" }),
  MovieSearch.parse({ ...filter, page: "9999" }),
]);

function finds({ genre, director }: MovieSearch, film: Movie | undefined): boolean {
  if (film === undefined) return false;
  return (genre === undefined || film.genre === genre) && (director === undefined || film.director === director);
}

async function shop() {
  const redis = connected(reach("single", (await ownRedis()).address));
  const database = connectedDatabase(await migratedDatabase());
  const cache = new SharedCache({ redis, near: { maxStalenessMs: 0 } });
  return { database, ...catalogServices(redis, database, cache) };
}

const nothing = z.object({});
const dramas = "SELECT id FROM movies WHERE genre = 'Drama' AND director = 'Steven Spielberg' ORDER BY id LIMIT 1";

describe("a film's change", () => {
  it.each([
    ["title", "UPDATE movies SET title = '0 before all others' WHERE id = $1"],
    ["genre", "UPDATE movies SET genre = 'Comedy' WHERE id = $1"],
    ["genre and director", "UPDATE movies SET genre = 'Comedy', director = 'Woody Allen' WHERE id = $1"],
    ["genre and director, to none,", "UPDATE movies SET genre = NULL, director = NULL WHERE id = $1"],
    ["existence", "DELETE FROM movies WHERE id = $1"],
  ])("of its %s outdates all pages that find it before or after, and no other", async (_what, statement) => {
    const { database, films, outbox } = await shop();
    const [drama] = await database.query(z.object({ id: z.int() }), dramas, []);
    const id = String(drama!.id);
    for (const search of searches) await films.search(search);
    const { value: before } = await films.movie(id);

    await database.transaction(async (tx) => {
      await tx.query(nothing, statement, [id]);
      await outbox.invalidateAfterCommit(tx, ...filmInvalidations(id, before, await filmById(tx, id)));
    });
    const { value: after } = await films.movie(id);
    expect(after).toEqual(await filmById(database, id));
    for (const search of searches) {
      const { value, tier } = await films.search(search);
      expect({ search, value }).toEqual({ search, value: await searchFilms(database, search) });
      const outdated = finds(search, before) || finds(search, after);
      expect({ search, tier }).toEqual({ search, tier: outdated ? "load" : "near" });
    }
  });

  it("outdates a film that was said not to exist", async () => {
    const { database, films, outbox } = await shop();
    expect((await films.movie("4000")).value).toBeUndefined();
    await database.transaction(async (tx) => {
      await tx.query(nothing, "INSERT INTO movies (id, title) VALUES (4000, 'A new one')", []);
      await outbox.invalidateAfterCommit(tx, ...filmInvalidations("4000", undefined, await filmById(tx, "4000")));
    });
    expect((await films.movie("4000")).value).toMatchObject({ title: "A new one" });
  });

  it("outdates seven tags at most", () => {
    const film = (genre: string, director: string) => ({ genre, director }) as Movie;
    const [, pages] = filmInvalidations("1", film("Drama", "John Ford"), film("Comedy", "Woody Allen"));
    expect(pages?.tags).toHaveLength(7);
  });
});
