import * as z from "zod/mini";
import { collectionNames } from "../../../lambdas/contract/collections";
import type { Invalidation } from "../../../lambdas/platform/outbox-table";
import { noteInvalidations } from "../../../lambdas/platform/outbox-table";
import { scheduledFunction } from "../../../lambdas/platform/scheduled-function";
import type { PostgresServer } from "../../../local/servers/postgres";
import type { RedisServer } from "../../../local/servers/redis";
import { lambdaContext } from "../../support/invoke";
import { reach } from "../../support/redis-clients";
import { ownPostgres, ownRedis } from "../../support/servers";
import { connectedDatabase, migratedDatabase, type DatabaseEnvironment } from "../../support/shop-database";
import { shopProcess } from "../../support/shop-process";
import { chargesOf, Shopper } from "../../support/shopper";
import { until } from "../../support/until";
import { workerProcess } from "../../support/worker-process";
import { accountsProcess, owed } from "../outbox/outbox-processes";

let redis: RedisServer;
let env: DatabaseEnvironment;
beforeAll(async () => ([redis, env] = await Promise.all([ownRedis(), migratedDatabase()])));

const workerHere = (database = env) => workerProcess(reach("single", redis.address), database);

/** What the log says was carried out meanwhile, run by run. */
async function carriedOutIn(work: () => Promise<unknown>): Promise<number[]> {
  let text = "";
  const write = jest.spyOn(process.stdout, "write").mockImplementation((chunk) => ((text += String(chunk)), true));
  try {
    await work();
  } finally {
    write.mockRestore();
  }
  return [...text.matchAll(/"carriedOut":(\d+)/g)].map(([, count]) => Number(count));
}

const usersRows = (count: number) =>
  Array.from({ length: count }, (_, at): Invalidation => ({ collection: "users", ids: [String(at)] }));

describe("a run of the worker", () => {
  it("carries out what was noted while Redis was away, and doesn't fail before it is back", async () => {
    const [shop, worker] = [accountsProcess(redis, env), workerHere()];
    expect(await shop.nameOf("1")).toBe("Ada Lovelace");
    await redis.kill();
    await shop.rename("1", "Ada Byron");
    await worker.run();
    expect(await owed(shop.database)).toEqual(["users"]);

    await redis.restart();
    await until("the outbox is empty", async () => {
      await worker.run();
      return (await owed(shop.database)).length === 0;
    });
    expect(await shop.nameOf("1")).toBe("Ada Byron");
  });

  it("carries out what concerns any collection there is, however much it is, and logs how much it was", async () => {
    const [database, worker] = [connectedDatabase(env), workerHere()];
    const ofEach = collectionNames.map((collection): Invalidation => ({ collection, everything: true }));
    await noteInvalidations(database, [...usersRows(250), ...ofEach]);
    expect(await carriedOutIn(worker.run)).toEqual([250 + collectionNames.length]);
    expect(await owed(database)).toEqual([]);
  });

  it("is fine with nothing to do, and says nothing then", async () => {
    expect(await carriedOutIn(workerHere().run)).toEqual([]);
  });

  it("shares the work with another one that runs at once, and each row is carried out by one of them", async () => {
    const [database, workers] = [connectedDatabase(env), [workerHere(), workerHere()]];
    await Promise.all(workers.map(({ run }) => run())); // connected, so that they begin together
    await noteInvalidations(database, usersRows(250));
    const carriedOut = await carriedOutIn(() => Promise.all(workers.map(({ run }) => run())));
    expect(carriedOut.reduce((sum, count) => sum + count)).toBe(250);
    expect(await owed(database)).toEqual([]);
  });

  it("finishes an order that nobody asks for any more, and begins none for which too little time is left", async () => {
    const shop = shopProcess(reach("single", redis.address), env);
    shop.provider.behaviour = { loses: "answer" };
    const buyer = await Shopper.in(shop);
    expect((await buyer.order(await buyer.put(1, 2))).status).toBe(503);
    const statuses = async () => (await buyer.orders()).map(({ status }) => status);
    expect(await statuses()).toEqual(["pending"]);

    await shop.database.query(z.object({}), "UPDATE orders SET created_at = now() - interval '61 seconds'", []);
    const { openOrders, run } = workerHere();
    expect(await openOrders.finish(() => 11_999)).toBe(0);
    await run();
    expect(await statuses()).toEqual(["paid"]);
    expect(await chargesOf(shop.database, buyer.user.id)).toEqual(["paid"]);
  });

  it("leaves the rest to the next one when too little is left of its time", async () => {
    const [database, worker] = [connectedDatabase(env), workerHere()];
    await noteInvalidations(database, usersRows(250));
    const leftMs = [10_000, 4_000, 3_999];
    expect(await worker.outbox.sweepAll(() => leftMs.shift() ?? 0)).toBe(200);
    expect(await carriedOutIn(worker.run)).toEqual([50]);
  });

  it("fails when PostgreSQL gives no answer, with an error that carries nothing, and the next one is well again", async () => {
    const postgres: PostgresServer = await ownPostgres();
    const worker = workerHere(await migratedDatabase(postgres.address));
    await worker.run();
    postgres.freeze();
    const failure: unknown = await worker.run().catch((error: unknown) => error);
    expect(failure).toEqual(new Error("the run failed: the database gave no answer"));
    expect(Object.getOwnPropertyNames(failure).sort()).toEqual(["message", "stack"]);
    postgres.thaw();
    await worker.run();
  });
});

describe("a scheduled function", () => {
  it("is built again by the next call when its environment was incomplete", async () => {
    const runs: string[] = [];
    const handler = scheduledFunction({
      env: z.object({ LARDER_TEST_NAME: z.string() }),
      services: ({ LARDER_TEST_NAME: name }) => name,
      run: (name) => Promise.resolve(void runs.push(name)),
    });
    await expect(handler({}, lambdaContext())).rejects.toThrow("the environment is incomplete: LARDER_TEST_NAME");
    process.env["LARDER_TEST_NAME"] = "worker";
    await handler({}, lambdaContext());
    delete process.env["LARDER_TEST_NAME"];
    expect(runs).toEqual(["worker"]);
  });
});
