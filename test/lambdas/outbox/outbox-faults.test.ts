import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as z from "zod/mini";
import type { Database } from "../../../lambdas/platform/database";
import { noteInvalidations } from "../../../lambdas/platform/outbox-table";
import type { PostgresServer } from "../../../local/servers/postgres";
import { ownPostgres, ownRedis } from "../../support/servers";
import { migratedDatabase } from "../../support/shop-database";
import { until } from "../../support/until";
import { accountsProcess, owed } from "./outbox-processes";
import type { WriterSettings } from "./dying-writer";

const nothing = z.object({});

async function shop(postgres?: PostgresServer) {
  const [redis, env] = await Promise.all([ownRedis(), migratedDatabase(postgres?.address)]);
  const [writer, reader] = [accountsProcess(redis, env), accountsProcess(redis, env)];
  expect(await reader.nameOf("1")).toBe("Ada Lovelace");
  return { redis, env, writer, reader };
}

/** Whether somebody has read the row, and neither commits nor goes on. Trying to take it would itself keep a sweep from it. */
async function isHeld(database: Database): Promise<boolean> {
  const holders = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'";
  return (await database.query(nothing, holders, [])).length === 1;
}

describe("a process that is killed after its commit and before the invalidation", () => {
  it("leaves it to another one's sweep", async () => {
    const { redis, env, reader } = await shop();
    const settings: WriterSettings = { redis: redis.address, database: env, name: "Ada Byron" };
    const child = fork(join(__dirname, "dying-writer.ts"), [JSON.stringify(settings)], {
      execArgv: ["--import", "tsx"],
    });
    expect(await once(child, "message")).toContain("committed");
    child.kill("SIGKILL");
    await once(child, "exit");

    expect([await reader.nameOf("1"), await owed(reader.database)]).toEqual(["Ada Lovelace", ["users"]]);
    expect(await reader.outbox.sweep()).toBe(1);
    expect([await reader.nameOf("1"), await owed(reader.database)]).toEqual(["Ada Byron", []]);
  });
});

describe.each(["frozen", "killed"])("a Redis that is %s during a change", (fault) => {
  it("doesn't fail the change; a sweep tells it when it is back, and not before", async () => {
    const { redis, writer, reader } = await shop();
    if (fault === "frozen") redis.freeze();
    else await redis.kill();
    await writer.rename("1", "Ada Byron");
    expect(await owed(reader.database)).toEqual(["users"]);
    expect([await reader.outbox.sweep(), await owed(reader.database)]).toEqual([0, ["users"]]);

    if (fault === "frozen") redis.thaw();
    else await redis.restart();
    await until("the outbox is empty", async () => {
      await reader.outbox.sweep();
      return (await owed(reader.database)).length === 0;
    });
    expect([await reader.nameOf("1"), await writer.nameOf("1")]).toEqual(["Ada Byron", "Ada Byron"]);
  });
});

describe("a sweep that waits for a frozen Redis", () => {
  it("keeps its rows from another sweep, which doesn't wait for it", async () => {
    const { redis, env, writer, reader } = await shop();
    const elsewhere = accountsProcess(await ownRedis(), env);
    await noteInvalidations(writer.database, [{ collection: "users", ids: ["1"] }]);
    redis.freeze();
    let waiting = true;
    const stuck = writer.outbox.sweep().finally(() => (waiting = false));
    await until("it holds the row", () => isHeld(reader.database));
    expect([await elsewhere.outbox.sweep(), waiting]).toEqual([0, true]);
    redis.thaw();
    await stuck;
  });

  it("loses its rows with its connection, and they are swept again", async () => {
    const postgres = await ownPostgres();
    const { redis, env, writer, reader } = await shop(postgres);
    await noteInvalidations(writer.database, [{ collection: "users", ids: ["1"] }]);
    redis.freeze();
    const stuck = writer.outbox.sweep();
    await until("it holds the row", () => isHeld(reader.database));
    await postgres.kill();
    redis.thaw();
    await expect(stuck).rejects.toThrow("the database gave no answer");
    await postgres.restart();
    const later = accountsProcess(redis, env);
    expect([await later.outbox.sweep(), await owed(later.database)]).toEqual([1, []]);
  });
});

describe("a commit without an answer", () => {
  it("is followed by the sweep if it was made", async () => {
    const postgres = await ownPostgres();
    const { writer, reader } = await shop(postgres);
    const change = writer.database.transaction(async (tx) => {
      await tx.query(nothing, "UPDATE users SET name = 'Ada Byron' WHERE id = 1", []);
      await writer.outbox.invalidateAfterCommit(tx, { collection: "users", ids: ["1"] });
      postgres.freeze();
    });
    await expect(change).rejects.toThrow("the change may have been made");
    postgres.thaw(); // and reads the commit that it was sent
    await until("the sweep finds the row", async () => (await reader.outbox.sweep()) === 1);
    expect(await reader.nameOf("1")).toBe("Ada Byron");
  });
});
