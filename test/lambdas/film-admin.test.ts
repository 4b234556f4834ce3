import { Movie, MoviePage } from "../../lambdas/contract/movies";
import type { Database } from "../../lambdas/platform/database";
import { FilmChanges } from "../../lambdas/shop/film-changes";
import { owed } from "./outbox/outbox-processes";
import { type ShopProcess, shopProcess } from "../support/shop-process";
import type { Answer } from "../support/invoke";
import { addressOf, reach, redisModes } from "../support/redis-clients";
import { ownPostgres, ownRedis } from "../support/servers";
import { type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";
import { until } from "../support/until";

type Ask = (method: string, target: string, body?: unknown) => Promise<Answer>;

let env: DatabaseEnvironment;
let admin: Ask;
beforeAll(async () => {
  env = await migratedDatabase();
  admin = await administered(shopProcess(addressOf("single"), env));
});

async function administered(shop: ShopProcess): Promise<Ask> {
  const { token } = await shop.newcomer("admin");
  return (method, target, body) => shop.ask(method, target, { token, body });
}

const title = ({ body }: Answer) => Movie.parse(body).title;
const total = ({ body }: Answer) => MoviePage.parse(body).total;

describe.each(redisModes)("a film that an administrator changes (%s)", (mode) => {
  it("is new to every process as soon as the answer is out, and so is every page that finds it", async () => {
    const [writer, reader] = [shopProcess(addressOf(mode), env), shopProcess(addressOf(mode), env)];
    const admin = await administered(writer);
    const ask = (target: string) => reader.ask("GET", target);
    const pages = ["/movies?pageSize=1", "/movies?genre=Opera", "/movies?director=Clara+Bell&genre=Opera"];
    const totals = () => Promise.all(pages.map(async (page) => total(await ask(page))));
    const [all] = await totals();
    expect(await totals()).toEqual([all, 0, 0]);

    const added = await admin("POST", "/movies", { title: "The Larder", genre: "Opera", released: "2026-02-28" });
    const path = added.headers["location"]!;
    expect([added.status, path]).toEqual([201, `/movies/${Movie.parse(added.body).id}`]);
    expect(added.body).toMatchObject({ title: "The Larder", released: "2026-02-28", director: null });
    expect([(await ask(path)).body, await totals()]).toEqual([added.body, [all! + 1, 1, 0]]);

    const changed = await admin("PATCH", path, { title: "The Pantry", director: "Clara Bell", released: null });
    expect([changed.status, changed.body]).toEqual([
      200,
      { ...Movie.parse(added.body), title: "The Pantry", director: "Clara Bell", released: null },
    ]);
    expect([(await ask(path)).body, await totals()]).toEqual([changed.body, [all! + 1, 1, 1]]);

    expect((await admin("DELETE", path)).status).toBe(204);
    expect([(await ask(path)).status, await totals()]).toEqual([404, [all, 0, 0]]);
    expect(await owed(writer.database)).toEqual([]);
  });
});

describe("an administrator", () => {
  it("gets 404 for a film there isn't", async () => {
    expect((await admin("PATCH", "/movies/99999", { title: "x" })).status).toBe(404);
    expect((await admin("DELETE", "/movies/99999")).status).toBe(404);
  });

  it.each([
    [{}, "body"],
    [{ title: null }, "body.title"],
    [{ title: "  " }, "body.title"],
    [{ title: "a\0b" }, "body.title"],
    [{ genre: "a\ud800" }, "body.genre"],
    [{ released: "0000-01-01" }, "body.released"],
    [{ released: "2026-02-30" }, "body.released"],
    [{ imdbRating: 6.15 }, "body.imdbRating"],
    [{ imdbVotes: 2 ** 31 }, "body.imdbVotes"],
    [{ usGrossDollars: -1 }, "body.usGrossDollars"],
    [{ usGrossDollars: 2 ** 53 }, "body.usGrossDollars"],
    [{ title: "x", id: 7 }, "body"],
    ["a film", "body"],
  ])("can't change a film to %j, and the answer says where", async (change, path) => {
    const { status, body } = await admin("PATCH", "/movies/1", change);
    expect([status, body]).toEqual([400, expect.objectContaining({ errors: [expect.objectContaining({ path })] })]);
  });

  it("can change all that a film has", async () => {
    const film = {
      title: "Everything",
      genre: "Opera",
      director: "Clara Bell",
      released: "1999-12-31",
      rating: "PG",
      runningMinutes: 120,
      distributor: "Larder",
      source: "Original Screenplay",
      creativeType: "Fantasy",
      usGrossDollars: 2 ** 53 - 1,
      worldwideGrossDollars: 3,
      usDvdSalesDollars: 0,
      budgetDollars: 5,
      rottenTomatoesPercent: 100,
      imdbRating: 9.9,
      imdbVotes: 2 ** 31 - 1,
    };
    expect((await admin("PATCH", "/movies/11", film)).body).toEqual({ id: 11, ...film });
  });

  it("loses no change when two change different things of one film at once", async () => {
    const shop = shopProcess(addressOf("single"), env);
    const other = await administered(shop);
    await Promise.all([
      admin("PATCH", "/movies/12", { genre: "Opera" }),
      other("PATCH", "/movies/12", { rating: "G" }),
    ]);
    expect((await shop.ask("GET", "/movies/12")).body).toMatchObject({ genre: "Opera", rating: "G" });
  });
});

/** A writer and a reader of their own servers, and a look at what the reader is told of film 1. */
async function breakableShop() {
  const [redis, postgres] = await Promise.all([ownRedis(), ownPostgres()]);
  const own = await migratedDatabase(postgres.address);
  const [writer, reader] = [0, 1].map(() => shopProcess(reach("single", redis.address), own));
  const titleNow = async () => title(await reader!.ask("GET", "/movies/1"));
  expect(await titleNow()).toBe("The Land Girls");
  await until("it is cached", async () => {
    const { headers } = await reader!.ask("GET", "/movies/1");
    return headers["x-cache"] !== "load" && headers["x-cache"] !== "bypass";
  });
  return { redis, postgres, writer: writer!, reader: reader!, titleNow };
}

describe("a film's change while Redis gives no answer", () => {
  it("is made, and readers hear of it from a sweep once Redis is back", async () => {
    const { redis, writer, reader, titleNow } = await breakableShop();
    redis.freeze();
    expect(await writer.catalog.filmChanges.change("1", { title: "The Land Women" })).toMatchObject({ id: 1 });
    expect(await owed(reader.database)).toEqual(["movies", "movie-searches"]);
    redis.thaw();
    await until("the sweep is through", async () => {
      await reader.catalog.outbox.sweep();
      return (await owed(reader.database)).length === 0;
    });
    expect(await titleNow()).toBe("The Land Women");
  });
});

describe("a film's change whose commit gets no answer", () => {
  it("is said to be uncertain, and if it was made readers hear of it from a sweep", async () => {
    const { postgres, writer, reader, titleNow } = await breakableShop();
    const { database, catalog } = writer;
    const frozenAtCommit: Database = {
      ...database,
      transaction: (work) => database.transaction((tx) => work(tx).finally(() => postgres.freeze())),
    };
    const changes = new FilmChanges(frozenAtCommit, catalog.outbox);
    await expect(changes.change("1", { title: "The Land Women" })).rejects.toThrow("the change may have been made");
    expect(await titleNow()).toBe("The Land Girls");
    postgres.thaw(); // and reads the commit that it was sent
    await until("the sweep finds it", async () => (await reader.catalog.outbox.sweep()) > 0);
    expect(await titleNow()).toBe("The Land Women");
  });
});
