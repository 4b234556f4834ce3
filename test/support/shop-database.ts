/** A migrated database of a test file's own, on the shared PostgreSQL or on one given; with films in it, and three users who can't sign in. */
import { addressOf, databaseFrom, withConnection, type Database } from "../../lambdas/platform/database";
import { migrate, type MigrateOptions } from "../../lambdas/migrate/migrate";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { letApplicationSignIn } from "../../local/setup/application-role";
import type { PostgresAddress } from "../../local/servers/postgres";
import { servers } from "./servers";

const root = join(__dirname, "../..");

export const migrateOptions: MigrateOptions = {
  migrationsFolder: join(root, "lambdas/migrate/sql"),
  filmsFile: join(root, "node_modules/vega-datasets/data/movies.json"),
  appRole: "larder_app",
  logins: [],
};

/** The environment of a function that uses the database as the application does. */
export interface DatabaseEnvironment {
  readonly DATABASE_HOST: string;
  readonly DATABASE_PORT: number;
  readonly DATABASE_NAME: string;
  readonly DATABASE_USER: string;
  readonly DATABASE_PASSWORD: string;
  readonly DATABASE_AUTH: "password";
  readonly DATABASE_TLS: "off";
}

const appPassword = "for tests only";

export async function newDatabase(postgres: PostgresAddress = servers().postgres): Promise<DatabaseEnvironment> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const { host, port, master } = postgres;
  await withConnection({ host, port, database: "postgres", ...master }, (client) =>
    client.query(`CREATE DATABASE ${name}`),
  );
  return {
    DATABASE_HOST: host,
    DATABASE_PORT: port,
    DATABASE_NAME: name,
    DATABASE_USER: "larder_app",
    DATABASE_PASSWORD: appPassword,
    DATABASE_AUTH: "password",
    DATABASE_TLS: "off",
  };
}

export async function migratedDatabase(postgres: PostgresAddress = servers().postgres): Promise<DatabaseEnvironment> {
  const env = await newDatabase(postgres);
  await letApplicationSignIn(postgres, appPassword);
  await withConnection({ ...addressOf(env), ...postgres.master }, async (client) => {
    await migrate(client, migrateOptions);
    await client.query("INSERT INTO users (name) VALUES ('Ada Lovelace'), ('Grace Hopper'), ('Katherine Johnson')");
  });
  return env;
}

const open: Database[] = [];

/** A connection as the application's role; closed with the test file. */
export function connectedDatabase(env: DatabaseEnvironment): Database {
  const database = databaseFrom(env);
  open.push(database);
  return database;
}

afterAll(() => Promise.all(open.map((database) => database.close())));
