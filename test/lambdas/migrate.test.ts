import { readdir, copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { temporaryFolder } from "../../local/setup/data-folder";
import { collectionNames } from "../../lambdas/contract/collections";
import type { NewLogin } from "../../lambdas/contract/users";
import { loginsIn } from "../../lambdas/migrate/first-logins";
import { migrate, type MigrateOptions } from "../../lambdas/migrate/migrate";
import { addressOf, withConnection } from "../../lambdas/platform/database";
import { passwordMatches } from "../../lambdas/shop/passwords";
import { servers } from "../support/servers";
import { migrateOptions, newDatabase, type DatabaseEnvironment } from "../support/shop-database";

function asMaster<T>(env: DatabaseEnvironment, work: (client: Client) => Promise<T>): Promise<T> {
  return withConnection({ ...addressOf(env), ...servers().postgres.master }, work);
}

function run(env: DatabaseEnvironment, options: Partial<MigrateOptions> = {}) {
  return asMaster(env, (client) => migrate(client, { ...migrateOptions, ...options }));
}

async function count(env: DatabaseEnvironment, table: string, where = "true"): Promise<number> {
  const { rows } = await asMaster(env, (client) =>
    client.query<{ count: number }>(`SELECT count(*)::int FROM ${table} WHERE ${where}`),
  );
  return rows[0]!.count;
}

/** A folder with this build's migrations and one more. */
async function folderWith(name: string, sql: string): Promise<string> {
  const folder = temporaryFolder();
  for (const file of await readdir(migrateOptions.migrationsFolder))
    await copyFile(join(migrateOptions.migrationsFolder, file), join(folder, file));
  await writeFile(join(folder, name), sql);
  return folder;
}

const login: NewLogin = { name: "Grace", email: "grace@example.com", password: "correct horse", role: "admin" };
const allSteps = [
  "0001-films-and-users",
  "0002-films",
  "0003-cache-invalidations",
  "0004-logins",
  "0005-orders",
  "0006-order-jobs",
  "0007-paid-orders",
];

describe("migrating", () => {
  it("makes the schema and the films, once, however often it runs", async () => {
    const env = await newDatabase();
    expect(await run(env)).toEqual({ applied: allSteps, outdated: false });
    expect(await run(env)).toEqual({ applied: [], outdated: false });
    expect([await count(env, "movies"), await count(env, "users")]).toEqual([3200, 0]);
  });

  it("is done once when several run at the same time", async () => {
    const env = await newDatabase();
    const outcomes = await Promise.all([run(env), run(env), run(env)]);
    expect(outcomes.flatMap(({ applied }) => applied).sort()).toEqual(allSteps);
    expect(await count(env, "movies")).toBe(3200);
  });

  it("doesn't bring back a film that the shop deleted", async () => {
    const env = await newDatabase();
    await run(env);
    await asMaster(env, (client) => client.query("DELETE FROM movies WHERE id = 42"));
    await run(env);
    expect(await count(env, "movies", "id = 42")).toBe(0);
  });

  it("has everything in the cache invalidated by each step that may have changed it, if the step is made", async () => {
    const env = await newDatabase();
    await run(env);
    const owed = () => count(env, "cache_invalidations", "everything");
    const perStep = collectionNames.length;
    expect(await owed()).toBe(0); // a new database: nothing of it is cached
    const withChange = await folderWith("0008-change.sql", "UPDATE movies SET genre = upper(genre)");
    await run(env, { migrationsFolder: withChange });
    expect(await owed()).toBe(perStep);
    await run(env, { migrationsFolder: withChange });
    expect(await owed()).toBe(perStep);
    await writeFile(join(withChange, "0009-broken.sql"), "SELECT 1 / 0");
    await expect(run(env, { migrationsFolder: withChange })).rejects.toThrow("0009-broken failed");
    expect(await owed()).toBe(perStep);
  });

  it("has everything invalidated by the step that makes the outbox, too, where the shop was in use before", async () => {
    const env = await newDatabase();
    await run(env);
    await asMaster(env, async (client) => {
      await client.query("DROP TABLE cache_invalidations; DELETE FROM schema_migrations WHERE version = 3");
    });
    await run(env);
    expect(await count(env, "cache_invalidations", "everything")).toBe(collectionNames.length);
  });

  it("undoes a step that fails, and says which", async () => {
    const env = await newDatabase();
    const migrationsFolder = await folderWith("0008-broken.sql", "CREATE TABLE half_done (); SELECT 1 / 0");
    await expect(run(env, { migrationsFolder })).rejects.toThrow("migration 0008-broken failed and was undone");
    expect(await count(env, "pg_tables", "tablename = 'half_done'")).toBe(0);
    expect(await count(env, "schema_migrations")).toBe(allSteps.length);
  });

  it("does nothing when the schema is newer than the build", async () => {
    const env = await newDatabase();
    await run(env, { migrationsFolder: await folderWith("0008-newer.sql", "ALTER TABLE users ADD COLUMN newer text") });
    expect(await run(env, { logins: [login] })).toEqual({ applied: [], outdated: true });
    expect(await count(env, "users")).toBe(0);
  });

  it.each([
    ["third.sql", "migration third.sql has no valid name: call it like 0005-what-it-does.sql"],
    ["0009-gap.sql", "migration 0009-gap should have the number 8: number them without gaps"],
    ["0002-twice.sql", "should have the number 3: number them without gaps"],
  ])("refuses a migration called %s", async (name, message) => {
    await expect(run(await newDatabase(), { migrationsFolder: await folderWith(name, "SELECT 1") })).rejects.toThrow(
      message,
    );
  });

  it("numbers the shop's own films on from those that were loaded", async () => {
    const env = await newDatabase();
    await run(env);
    const { rows } = await asMaster(env, (client) =>
      client.query("SELECT nextval('movie_ids')::int > max(id) AS above FROM movies"),
    );
    expect(rows).toEqual([{ above: true }]);
  });

  it("leaves users from before it knew of logins as they are: they can't sign in", async () => {
    const env = await newDatabase();
    await run(env);
    await asMaster(env, async (client) => {
      await client.query("DROP SEQUENCE movie_ids; DELETE FROM schema_migrations WHERE version = 4");
      await client.query("ALTER TABLE users DROP email, DROP password_hash, DROP session_slot");
      await client.query("INSERT INTO users (name, role) VALUES ('Margaret Hamilton', 'admin')");
    });
    await run(env);
    expect(await count(env, "users", "name = 'Margaret Hamilton' AND role = 'admin' AND email IS NULL")).toBe(1);
  });
});

describe("logins that it is called with", () => {
  it("are made, and readers told; of an e-mail that somebody has, nothing is changed", async () => {
    const env = await newDatabase();
    await run(env, { logins: [login] });
    await run(env, {
      logins: [
        { ...login, password: "another one", role: "user" },
        { ...login, email: "ada@example.com" },
      ],
    });
    const hashOf = (email: string) =>
      asMaster(env, async (client) => {
        const { rows } = await client.query("SELECT password_hash, role FROM users WHERE email = $1", [email]);
        return rows[0] as { password_hash: string; role: string };
      });
    const grace = await hashOf(login.email);
    expect([grace.role, await passwordMatches(login.password, grace.password_hash)]).toEqual(["admin", true]);
    expect(await passwordMatches(login.password, (await hashOf("ada@example.com")).password_hash)).toBe(true);
    expect(await count(env, "cache_invalidations", "collection = 'users'")).toBe(2);
  });

  it("may be none: a deploy calls it with nothing", () => {
    for (const event of [undefined, null, {}]) expect(loginsIn(event)).toEqual([]);
  });

  it.each([
    ["a short password", { ...login, password: "secret7" }, "logins.0.password"],
    ["no e-mail", { ...login, email: "secret7" }, "logins.0.email"],
    ["an unknown role", { ...login, role: "secret7" }, "logins.0.role"],
  ])("are refused with %s, which is named and not shown", (_what, wrong, where) => {
    const refusal = () => loginsIn({ logins: [wrong] });
    expect(refusal).toThrow(where);
    expect(refusal).not.toThrow("secret7");
  });
});

describe("the application's role", () => {
  const role = "larder_app_of_this_test";

  it("logs in by IAM only, may change rows and no table, and can't see the migrations", async () => {
    const env = await newDatabase();
    await run(env, { appRole: role });
    await asMaster(env, async (client) => {
      const { rows } = await client.query(`SELECT
        pg_has_role('${role}', 'rds_iam', 'MEMBER') AS by_iam,
        has_table_privilege('${role}', 'movies', 'SELECT, INSERT, UPDATE, DELETE') AS rows,
        has_table_privilege('${role}', 'movies', 'TRUNCATE') AS truncates,
        has_schema_privilege('${role}', 'public', 'CREATE') AS creates,
        has_table_privilege('${role}', 'schema_migrations', 'SELECT') AS migrations`);
      expect(rows[0]).toEqual({ by_iam: true, rows: true, truncates: false, creates: false, migrations: false });
    });
  });

  it("has nobody as a member, or RDS would refuse the master's password from then on", async () => {
    const env = await newDatabase();
    await run(env, { appRole: role });
    expect(await count(env, "pg_auth_members", `roleid = '${role}'::regrole`)).toBe(0);
    expect(await count(env, "pg_roles", "rolname = 'larder_role_creator'")).toBe(0);
  });

  it("is refused, with nothing changed, if the master belongs to it", async () => {
    const env = await newDatabase();
    await asMaster(env, (client) => client.query("CREATE ROLE made_by_the_master LOGIN"));
    await expect(run(env, { appRole: "made_by_the_master" })).rejects.toThrow(
      "the master belongs to made_by_the_master, so it could never log in again",
    );
    await asMaster(env, async (client) => {
      const { rows } = await client.query("SELECT pg_has_role('made_by_the_master', 'rds_iam', 'MEMBER') AS by_iam");
      expect(rows[0]).toEqual({ by_iam: false });
      await client.query("DROP ROLE made_by_the_master");
    });
  });
});
