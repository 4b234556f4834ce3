import { type Movie, MovieSearch } from "../../../lambdas/contract/movies";
import { type Invalidation, noteInvalidations } from "../../../lambdas/platform/outbox-table";
import * as z from "zod/mini";
import type { RedisServer } from "../../../local/servers/redis";
import { ownRedis } from "../../support/servers";
import { connectedDatabase, migratedDatabase, type DatabaseEnvironment } from "../../support/shop-database";
import { accountsProcess, catalogProcess, owed } from "./outbox-processes";

const nothing = z.object({});
const everyUser: Invalidation = { collection: "users", everything: true };
let redis: RedisServer;
let env: DatabaseEnvironment;
beforeAll(async () => ([redis, env] = await Promise.all([ownRedis(), migratedDatabase()])));
beforeEach(() => connectedDatabase(env).query(nothing, "DELETE FROM cache_invalidations", []));

describe("a change", () => {
  it("is seen by every process once its transaction has resolved, and the outbox is empty", async () => {
    const [writer, reader] = [accountsProcess(redis, env), accountsProcess(redis, env)];
    await reader.nameOf("1");
    await writer.rename("1", "Ada Byron");
    expect(await reader.nameOf("1")).toBe("Ada Byron");
    expect(await owed(writer.database)).toEqual([]);
  });

  it("that is rolled back invalidates nothing", async () => {
    const { database, outbox, users } = accountsProcess(redis, env);
    await users.get("2");
    const work = database.transaction(async (tx) => {
      await outbox.invalidateAfterCommit(tx, everyUser);
      throw new RangeError("changed my mind");
    });
    await expect(work).rejects.toThrow(RangeError);
    expect([(await users.lookup("2")).tier, await owed(database), await outbox.sweep()]).toEqual(["near", [], 0]);
  });

  it("is refused, and its change with it, when it names an empty id: no sweep could ever carry it out", async () => {
    const { database, outbox } = accountsProcess(redis, env);
    const work = database.transaction((tx) => outbox.invalidateAfterCommit(tx, { collection: "users", ids: [""] }));
    await expect(work).rejects.toThrow("cache_invalidations_ids_check");
    expect(await owed(database)).toEqual([]);
  });

  it.each<[string, (movie: Movie) => Invalidation]>([
    ["by its id", ({ id }) => ({ collection: "movies", ids: ["1", String(id)] })],
    ["by a tag", ({ genre }) => ({ collection: "movies", tags: [`genre:${genre}`] })],
    ["with everything", () => ({ collection: "movies", everything: true })],
  ])("is made known %s, at once and by the sweep alike", async (_how, invalidationOf) => {
    const { films, outbox } = catalogProcess(redis, env);
    const database = connectedDatabase(env);
    const drama = (await films.search(MovieSearch.parse({ genre: "Drama" }))).value!.items[0]!;
    const tierNow = async () => (await films.movie(String(drama.id))).tier;

    await tierNow();
    expect(await tierNow()).toBe("near");
    await database.transaction((tx) => outbox.invalidateAfterCommit(tx, invalidationOf(drama)));
    expect([await tierNow(), await tierNow()]).toEqual(["load", "near"]);
    await noteInvalidations(database, [invalidationOf(drama)]);
    expect([await outbox.sweep(), await tierNow(), await owed(database)]).toEqual([1, "load", []]);
  });
});

describe("a sweep", () => {
  it("leaves what concerns a collection that its function doesn't have", async () => {
    const accounts = accountsProcess(redis, env);
    const catalog = catalogProcess(redis, env);
    await noteInvalidations(accounts.database, [everyUser, { collection: "movies", ids: ["1"] }]);
    await accounts.database.query(
      nothing,
      "INSERT INTO cache_invalidations (collection, everything) VALUES ('posters', true)",
      [],
    );
    expect([await accounts.outbox.sweep(), await owed(accounts.database)]).toEqual([1, ["movies", "posters"]]);
    expect([await catalog.outbox.sweep(), await owed(accounts.database)]).toEqual([1, ["posters"]]);
  });

  it("finds a row whose transaction committed later than those of younger rows", async () => {
    const [slow, quick] = [accountsProcess(redis, env), accountsProcess(redis, env)];
    await slow.database.transaction(async (tx) => {
      await noteInvalidations(tx, [everyUser]);
      await noteInvalidations(quick.database, [everyUser]);
      expect(await quick.outbox.sweep()).toBe(1);
    });
    expect(await quick.outbox.sweep()).toBe(1);
  });

  it("takes no more than a hundred rows, and several at once share the rest without doing one twice", async () => {
    const sweepers = [accountsProcess(redis, env), accountsProcess(redis, env), accountsProcess(redis, env)];
    const rows = Array.from({ length: 250 }, (_, at): Invalidation => ({ collection: "users", ids: [String(at)] }));
    await noteInvalidations(sweepers[0]!.database, rows);
    await Promise.all(sweepers.map(({ users }) => users.get("1"))); // connected, so that they begin together
    const swept = await Promise.all(sweepers.map(({ outbox }) => outbox.sweep()));
    expect(Math.max(...swept)).toBeLessThanOrEqual(100);
    const left = await owed(sweepers[0]!.database);
    expect(swept.reduce((sum, count) => sum + count) + left.length).toBe(250);
  });

  it("is not due again for some seconds, nor when the invocation is nearly over", async () => {
    const { outbox, database } = accountsProcess(redis, env);
    const note = () => noteInvalidations(database, [everyUser]);
    const laterMs = (ms: number) => jest.spyOn(Date, "now").mockReturnValue(Date.now() + ms);
    await note();
    await outbox.sweepIfDue(3_999);
    expect(await owed(database)).toHaveLength(1);
    await outbox.sweepIfDue(4_000);
    expect(await owed(database)).toHaveLength(0);

    await note();
    await outbox.sweepIfDue(9_000);
    expect(await owed(database)).toHaveLength(1);
    const clock = laterMs(5_000);
    await outbox.sweepIfDue(9_000);
    clock.mockRestore();
    expect(await owed(database)).toHaveLength(0);
  });
});
