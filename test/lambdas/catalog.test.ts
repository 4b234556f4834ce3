import { entrySlot } from "../../toolkit/redis/keys";
import { type ConnectOptions, guardOf, SharedCache, type RedisClient } from "@larder/toolkit";
import { routes } from "../../lambdas/catalog/endpoints";
import { catalogServices } from "../../lambdas/catalog/services";
import { Movie, MoviePage } from "../../lambdas/contract/movies";
import { httpFunction } from "../../lambdas/platform/http-function";
import * as z from "zod/mini";
import { invoke, type Answer } from "../support/invoke";
import { addressOf, connected, reach, redisModes } from "../support/redis-clients";
import { signedInAs } from "../support/redis-users";
import { ownPostgres, ownRedis } from "../support/servers";
import { connectedDatabase, migratedDatabase, type DatabaseEnvironment } from "../support/shop-database";
import { until } from "../support/until";

const asCatalog = (address: ConnectOptions) => connected(signedInAs("catalog", "cache", address));

function catalog(redis: RedisClient, env: DatabaseEnvironment) {
  const services = catalogServices(redis, connectedDatabase(env), new SharedCache({ redis }));
  const handler = httpFunction({ limits: "none", env: z.object({}), services: () => services, routes });
  return (target: string) => invoke(handler, "GET", target);
}

let shop: DatabaseEnvironment;
beforeAll(async () => (shop = await migratedDatabase()));

function tierOf(answer: Answer): string | undefined {
  return answer.headers["x-cache"];
}

/** Other files share the server, and the catalogue's keys with it: whoever asks for a film first decides its tier. */
async function forgetMovies(redis: RedisClient, ...ids: string[]): Promise<void> {
  await guardOf(redis).run("unlink", 5_000, (client) =>
    Promise.all(ids.map((id) => client.unlink(entrySlot("movies", id).entry))),
  );
}

describe.each(redisModes)("the catalogue (%s)", (mode) => {
  it("reads a film from the database once, then from what the process keeps", async () => {
    const redis = asCatalog(addressOf(mode));
    const get = catalog(redis, shop);
    await forgetMovies(redis, "42");
    const [first, second] = [await get("/movies/42"), await get("/movies/42")];
    expect([first, second].map((answer) => [answer.status, tierOf(answer)])).toEqual([
      [200, "load"],
      [200, "near"],
    ]);
    expect(second.body).toEqual(first.body);
    expect(Movie.parse(first.body)).toMatchObject({ id: 42 });
  });

  it("caches a page of a search under the search, however it is spelled", async () => {
    const get = catalog(asCatalog(addressOf(mode)), shop);
    await get("/movies?genre=Western&pageSize=3&sort=released&order=desc");
    const again = await get("/movies?sort=released&order=desc&pageSize=3&page=1&genre=Western");
    expect([again.status, tierOf(again)]).toEqual([200, "near"]);
  });
});

describe("a film", () => {
  it("keeps what the source says: nulls, a numeric title as text, a day of the last century", async () => {
    const get = catalog(asCatalog(addressOf("single")), shop);
    expect((await get("/movies/1")).body).toEqual({
      id: 1,
      title: "The Land Girls",
      genre: null,
      director: null,
      released: "1998-06-12",
      rating: "R",
      runningMinutes: null,
      distributor: "Gramercy",
      source: null,
      creativeType: null,
      usGrossDollars: 146083,
      worldwideGrossDollars: 146083,
      usDvdSalesDollars: null,
      budgetDollars: 8000000,
      rottenTomatoesPercent: null,
      imdbRating: 6.1,
      imdbVotes: 1071,
    });
    const titles = MoviePage.parse((await get("/movies?pageSize=10")).body).items.map(({ title }) => title);
    expect(titles).toContain("10,000 B.C.");
    const oldest = MoviePage.parse((await get("/movies?sort=released&pageSize=1")).body).items[0]!;
    expect(oldest).toMatchObject({ title: "The Birth of a Nation", released: "1915-02-08" });
  });

  it.each(["3054", "999999999"])("that isn't there is 404: %s", async (id) => {
    const get = catalog(asCatalog(addressOf("single")), shop);
    expect(await get(`/movies/${id}`)).toMatchObject({
      status: 404,
      headers: { "content-type": "application/problem+json" },
      body: { type: "urn:larder:problem:not-found", status: 404, detail: `there is no film ${id}` },
    });
  });

  it.each(["0", "01", "-1", "1.5", "abc", "9999999999", "%00", "%20", "a b"])(
    "id that can't be one is 400: %s",
    async (id) => {
      const get = catalog(asCatalog(addressOf("single")), shop);
      const { status, body } = await get(`/movies/${id}`);
      expect([status, body]).toEqual([400, expect.objectContaining({ type: "urn:larder:problem:invalid-request" })]);
    },
  );
});

describe("a search", () => {
  const search = async (query: string) =>
    MoviePage.parse((await catalog(asCatalog(addressOf("single")), shop)(`/movies?${query}`)).body);

  it("pages through all films once, in order", async () => {
    const first = await search("sort=title&pageSize=100");
    expect(first).toMatchObject({ page: 1, pageSize: 100, total: 3200 });
    const ids = new Set<number>();
    for (let page = 1; page <= 32; page++)
      for (const film of (await search(`pageSize=100&page=${page}`)).items) ids.add(film.id);
    expect(ids.size).toBe(3200);
    await expect(search("pageSize=100&page=33")).resolves.toEqual({ items: [], page: 33, pageSize: 100, total: 3200 });
  });

  it("filters by genre and director together", async () => {
    const { items, total } = await search("genre=Drama&director=Steven+Spielberg");
    expect(total).toBe(items.length);
    expect(new Set(items.map(({ genre, director }) => `${genre} by ${director}`))).toEqual(
      new Set(["Drama by Steven Spielberg"]),
    );
  });

  it.each(["asc", "desc"])("puts films without the figure last (%s)", async (order) => {
    const { total } = await search(`sort=imdbRating&order=${order}&director=Steven+Spielberg&pageSize=100`);
    const last = await search(`sort=imdbRating&order=${order}&pageSize=100&page=32`);
    expect(total).toBeGreaterThan(0);
    expect(last.items.every(({ imdbRating }) => imdbRating === null)).toBe(true);
  });

  it("finds nothing for a name that is SQL", async () => {
    await expect(search("genre=" + encodeURIComponent("'; DROP TABLE movies; --"))).resolves.toMatchObject({
      items: [],
      total: 0,
    });
  });

  it.each([
    ["page=0", "query.page"],
    ["page=10001", "query.page"],
    ["pageSize=101", "query.pageSize"],
    ["sort=director", "query.sort"],
    ["order=up", "query.order"],
    ["genre=", "query.genre"],
    ["genre=a%00", "query.genre"],
    [`director=${"x".repeat(101)}`, "query.director"],
    ["gender=Drama", "query"],
  ])("with %s is 400, and the answer says where", async (query, path) => {
    const { status, body } = await catalog(asCatalog(addressOf("single")), shop)(`/movies?${query}`);
    expect([status, body]).toEqual([400, expect.objectContaining({ errors: [expect.objectContaining({ path })] })]);
  });
});

describe("without Redis", () => {
  it.each(["killed", "frozen"])(
    "films come from the database while it is %s, and from Redis again when it is back",
    async (fault) => {
      const redis = await ownRedis();
      const get = catalog(asCatalog(reach("single", redis.address)), shop);
      await until("redis serves", async () => tierOf(await get("/movies/7")) !== "bypass");

      if (fault === "killed") await redis.kill();
      else redis.freeze();
      await until(
        "it has nothing of its own that is fresh enough",
        async () => tierOf(await get("/movies/7")) === "bypass",
      );
      for (let request = 0; request < 10; request++) {
        const answer = await get("/movies/7");
        expect([answer.status, tierOf(answer)]).toEqual([200, "bypass"]);
      }
      expect((await get("/health")).body).toMatchObject({
        status: "degraded",
        redis: { reached: false },
        postgres: { reached: true },
      });

      if (fault === "killed") await redis.restart();
      else redis.thaw();
      await until("redis serves", async () => tierOf(await get("/movies/7")) !== "bypass");
    },
  );
});

describe("without PostgreSQL", () => {
  it.each(["killed", "frozen"])(
    "cached films are served while it is %s, the rest is 503 with Retry-After",
    async (fault) => {
      const postgres = await ownPostgres();
      const redis = asCatalog(addressOf("single"));
      const get = catalog(redis, await migratedDatabase(postgres.address));
      await forgetMovies(redis, "8", "9");
      await get("/movies/8");

      if (fault === "killed") await postgres.kill();
      else postgres.freeze();
      const cached = await get("/movies/8");
      expect([cached.status, ["near", "redis"].includes(tierOf(cached)!)]).toEqual([200, true]);
      expect(await get("/movies/9")).toMatchObject({
        status: 503,
        headers: { "retry-after": "2", "content-type": "application/problem+json" },
        body: { type: "urn:larder:problem:database-unavailable" },
      });
      expect(await get("/health")).toMatchObject({
        status: 503,
        body: { redis: { reached: true }, postgres: { reached: false } },
      });

      if (fault === "killed") await postgres.restart();
      else postgres.thaw();
      await until("the database serves", async () => (await get("/movies/9")).status === 200);
    },
  );
});

describe("health", () => {
  it("says what it reached, and their versions", async () => {
    const get = catalog(asCatalog(addressOf("single")), shop);
    const { status, body } = await get("/health");
    expect([status, body]).toEqual([
      200,
      {
        status: "ok",
        redis: { reached: true, version: expect.stringMatching(/^\d+\.\d+/) },
        postgres: { reached: true, version: expect.stringMatching(/^17\./) },
        node: expect.stringMatching(/^v24\./),
      },
    ]);
  });
});
