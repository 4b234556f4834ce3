import { Board, BoardFilm } from "../../lambdas/contract/leaderboards";
import { insertPaidOrder } from "../support/paid-orders";
import { addressOf, reach, redisModes } from "../support/redis-clients";
import { ownPostgres, ownRedis } from "../support/servers";
import { type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";
import { type ShopProcess, shopProcess } from "../support/shop-process";
import { Shopper, stockedFilm } from "../support/shopper";

const boards = ["best-sellers-day", "best-sellers-week", "best-sellers-all"] as const;

let env: DatabaseEnvironment;
beforeAll(async () => {
  env = await migratedDatabase();
});

async function boardOf(shop: ShopProcess, target: string): Promise<Board> {
  return Board.parse((await shop.ask("GET", `/leaderboards/${target}`)).body);
}

async function filmOf(shop: ShopProcess, target: string): Promise<BoardFilm> {
  return BoardFilm.parse((await shop.ask("GET", `/leaderboards/${target}`)).body);
}

describe.each(redisModes)("the boards (%s)", (mode) => {
  it("show what was ordered, with titles, to everybody", async () => {
    const shop = shopProcess(addressOf(mode), env);
    expect(await boardOf(shop, "best-sellers-day")).toEqual({ board: "best-sellers-day", items: [] });

    const ada = await Shopper.in(shop);
    await ada.put(1, 2);
    await ada.put(2, 3);
    const { body } = await ada.order(await ada.put(3, 1));
    await shop.bestSellers.countSales((body as { id: string }).id);
    const best = [
      { rank: 1, movieId: 2, title: "First Love, Last Rites", sold: 3 },
      { rank: 2, movieId: 1, title: "The Land Girls", sold: 2 },
      { rank: 3, movieId: 3, title: "I Married a Strange Person", sold: 1 },
    ];
    const other = shopProcess(addressOf(mode), env);
    for (const board of boards) {
      expect(await boardOf(other, board)).toEqual({ board, items: best });
      expect(await boardOf(other, `${board}?top=1`)).toEqual({ board, items: best.slice(0, 1) });
      expect(await filmOf(other, `${board}/around/1`)).toEqual({ board, ...best[1], neighbours: [best[0], best[2]] });
      expect(await filmOf(other, `${board}/around/3?neighbours=1`)).toEqual({
        board,
        ...best[2],
        neighbours: [best[1]],
      });
      expect(await filmOf(other, `${board}/around/3?neighbours=0`)).toEqual({ board, ...best[2], neighbours: [] });
    }
  });

  it("say of a film that hasn't sold that it has no rank, and of one that there isn't that there is none", async () => {
    const shop = shopProcess(addressOf(mode), env);
    expect(await filmOf(shop, "best-sellers-day/around/42")).toEqual({
      board: "best-sellers-day",
      rank: null,
      movieId: 42,
      title: "The Abyss",
      sold: 0,
      neighbours: [],
    });
    expect(await shop.ask("GET", "/leaderboards/best-sellers-day/around/999999")).toMatchObject({
      status: 404,
      body: { type: "urn:larder:problem:not-found", detail: "there is no film 999999" },
    });
  });

  it("go on showing a film that was deleted, without its title", async () => {
    const shop = shopProcess(addressOf(mode), env);
    const film = await stockedFilm(shop, 100);
    await shop.bestSellers.countSales(await insertPaidOrder(shop.database, { [film]: 50 }));
    const deleted = { rank: 1, movieId: film, sold: 50, title: null };
    expect((await boardOf(shop, "best-sellers-all?top=1")).items[0]!.title).toMatch(/^Film /);
    await shop.catalog.filmChanges.remove(String(film));
    expect((await boardOf(shop, "best-sellers-all?top=1")).items).toEqual([deleted]);
    expect(await filmOf(shop, `best-sellers-all/around/${film}?neighbours=0`)).toMatchObject(deleted);
  });
});

describe("a request that can't be answered", () => {
  it.each([
    ["best-sellers-year", "path.board"],
    ["best-sellers-day?top=0", "query.top"],
    ["best-sellers-day?top=101", "query.top"],
    ["best-sellers-day?top=1.5", "query.top"],
    ["best-sellers-day?neighbours=1", "query"],
    ["worst-sellers/around/1", "path.board"],
    ["best-sellers-day/around/one", "path.movieId"],
    ["best-sellers-day/around/0", "path.movieId"],
    ["best-sellers-day/around/1?neighbours=-1", "query.neighbours"],
    ["best-sellers-day/around/1?neighbours=01", "query.neighbours"],
    ["best-sellers-day/around/1?neighbours=51", "query.neighbours"],
    ["best-sellers-day/around/1?top=1", "query"],
  ])("is told what is wrong: %s", async (target, path) => {
    const shop = shopProcess(addressOf("single"), env);
    expect(await shop.ask("GET", `/leaderboards/${target}`)).toMatchObject({
      status: 400,
      body: { type: "urn:larder:problem:invalid-request", errors: [{ path }] },
    });
  });

  it.each(["killed", "frozen"] as const)("is told that it is the boards, while Redis is %s", async (how) => {
    const redis = await ownRedis();
    const shop = shopProcess(reach("single", redis.address), env);
    await boardOf(shop, "best-sellers-day");
    if (how === "killed") await redis.kill();
    else redis.freeze();
    for (const target of ["best-sellers-day", "best-sellers-all/around/1"])
      expect(await shop.ask("GET", `/leaderboards/${target}`)).toMatchObject({
        status: 503,
        headers: { "retry-after": "2" },
        body: { type: "urn:larder:problem:boards-unavailable" },
      });
    if (how === "frozen") redis.thaw();
  });

  it("is told that it is the database, where titles aren't cached", async () => {
    const postgres = await ownPostgres();
    const shop = shopProcess(addressOf("single"), await migratedDatabase(postgres.address));
    await shop.bestSellers.countSales(await insertPaidOrder(shop.database, { 1234: 1 }));
    await postgres.kill();
    expect(await shop.ask("GET", "/leaderboards/best-sellers-all?top=100")).toMatchObject({
      status: 503,
      body: { type: "urn:larder:problem:database-unavailable" },
    });
  });
});
