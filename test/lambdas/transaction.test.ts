import * as z from "zod/mini";
import { DatabaseUnavailableError } from "../../lambdas/platform/errors";
import type { Database } from "../../lambdas/platform/database";
import type { Queries } from "../../lambdas/platform/queries";
import { ownPostgres } from "../support/servers";
import { connectedDatabase, migratedDatabase } from "../support/shop-database";
import { until } from "../support/until";

const nothing = z.object({});

async function shop(): Promise<{ database: Database; observer: Database }> {
  const env = await migratedDatabase();
  return { database: connectedDatabase(env), observer: connectedDatabase(env) };
}

async function nameOf(database: Database, id: number): Promise<string> {
  const [user] = await database.query(z.object({ name: z.string() }), "SELECT name FROM users WHERE id = $1", [id]);
  return user!.name;
}

const rename = "UPDATE users SET name = $2 WHERE id = $1";

describe("a transaction", () => {
  it("shows its changes to others once it has committed, and only then does what is to follow", async () => {
    const { database, observer } = await shop();
    const seen: string[] = [];
    const answer = await database.transaction(async (tx) => {
      await tx.query(nothing, rename, [1, "Ada"]);
      tx.afterCommit(async () => void seen.push(await nameOf(observer, 1)));
      tx.afterCommit(async () => void seen.push("in order"));
      seen.push(await nameOf(observer, 1));
      return "done";
    });
    expect([answer, seen]).toEqual(["done", ["Ada Lovelace", "Ada", "in order"]]);
  });

  it("leaves nothing behind if its work throws, and the next one works", async () => {
    const { database } = await shop();
    let followed = false;
    const work = database.transaction(async (tx) => {
      await tx.query(nothing, rename, [1, "Ada"]);
      tx.afterCommit(async () => void (followed = true));
      throw new RangeError("changed my mind");
    });
    await expect(work).rejects.toThrow(RangeError);
    expect([await nameOf(database, 1), followed]).toEqual(["Ada Lovelace", false]);
    await database.transaction((tx) => tx.query(nothing, rename, [1, "Ada"]));
    expect(await nameOf(database, 1)).toBe("Ada");
  });

  it("doesn't pass for committed when a statement failed and the work went on", async () => {
    const { database } = await shop();
    const work = database.transaction(async (tx) => {
      await tx.query(nothing, rename, [1, "Ada"]);
      await tx.query(nothing, "SELECT nonsense", []).catch(() => undefined);
    });
    await expect(work).rejects.toThrow("the transaction was rolled back");
    expect(await nameOf(database, 1)).toBe("Ada Lovelace");
  });

  it("is made all the same when what follows it fails", async () => {
    const { database } = await shop();
    const seen: string[] = [];
    await database.transaction(async (tx) => {
      await tx.query(nothing, rename, [1, "Ada"]);
      tx.afterCommit(() => Promise.reject(new Error("no luck")));
      tx.afterCommit(async () => void seen.push("done nevertheless"));
    });
    expect([await nameOf(database, 1), seen]).toEqual(["Ada", ["done nevertheless"]]);
  });
});

describe("a snapshot", () => {
  it("is of the moment of its first statement: what is committed meanwhile it doesn't see", async () => {
    const { database, observer } = await shop();
    const names = await database.snapshot(async (snapshot) => {
      const nameNow = async () =>
        (await snapshot.query(z.object({ name: z.string() }), "SELECT name FROM users WHERE id = 1", []))[0]!.name;
      await observer.query(nothing, rename, [1, "Ada"]);
      const first = await nameNow();
      await observer.query(nothing, rename, [1, "Ada Byron"]);
      return [first, await nameNow()];
    });
    expect(names).toEqual(["Ada", "Ada"]);
    expect(await nameOf(database, 1)).toBe("Ada Byron");
  });

  it("changes nothing", async () => {
    const { database } = await shop();
    const change = database.snapshot((snapshot) => snapshot.query(nothing, rename, [1, "Ada"]));
    await expect(change).rejects.toThrow("read-only transaction");
    expect(await nameOf(database, 1)).toBe("Ada Lovelace");
  });

  it("may take longer than a request has, and what follows on its connection may not", async () => {
    const { database } = await shop();
    const slowly = (queries: Queries) => queries.query(nothing, "SELECT pg_sleep(3.2)", []);
    await expect(database.snapshot(slowly)).resolves.toHaveLength(1);
    await expect(slowly(database)).rejects.toThrow(DatabaseUnavailableError);
  });
});

describe("a transaction whose connection is lost", () => {
  const Pid = z.object({ pid: z.int() });

  it("is undone, ends no process, and the next one gets a new connection", async () => {
    const postgres = await ownPostgres();
    const env = await migratedDatabase(postgres.address);
    const database = connectedDatabase(env);
    const observer = connectedDatabase(env);
    const work = database.transaction(async (tx) => {
      await tx.query(nothing, rename, [1, "Ada"]);
      const [backend] = await tx.query(Pid, "SELECT pg_backend_pid() AS pid", []);
      process.kill(backend!.pid, "SIGTERM");
      await until("the backend is gone", async () => {
        const rows = await observer.query(nothing, "SELECT FROM pg_stat_activity WHERE pid = $1", [backend!.pid]);
        return rows.length === 0;
      });
      await tx.query(nothing, rename, [2, "Grace"]);
    });
    await expect(work).rejects.toThrow(DatabaseUnavailableError);
    expect(await nameOf(database, 1)).toBe("Ada Lovelace");
  });

  it("says so when it doesn't know whether it has committed, and does nothing of what was to follow", async () => {
    const postgres = await ownPostgres();
    const env = await migratedDatabase(postgres.address);
    const database = connectedDatabase(env);
    let followed = false;
    const work = database.transaction(async (tx) => {
      await tx.query(nothing, rename, [1, "Ada"]);
      tx.afterCommit(async () => void (followed = true));
      postgres.freeze(); // before it can answer the commit
    });
    await expect(work).rejects.toThrow("gave no answer to the commit: the change may have been made");
    expect(followed).toBe(false);
    postgres.thaw(); // and reads the commit that it was sent
    await until("the change is made", async () => (await nameOf(connectedDatabase(env), 1)) === "Ada");
  });
});
