/** A Redis and a migrated PostgreSQL of the benchmark's own, gone when it ends. */
import { join } from "node:path";
import { migrate } from "../lambdas/migrate/migrate";
import { addressOf, type Database, databaseFrom, withConnection } from "../lambdas/platform/database";
import { freePort } from "../local/servers/ports";
import { postgresPrograms } from "../local/servers/postgres-binaries";
import { startPostgres } from "../local/servers/postgres";
import { type RedisServer, startRedis } from "../local/servers/redis";
import { findRedis } from "../local/servers/find-redis";
import { newPassword } from "../local/setup/credentials";
import { cloneFolder, dataFolder, temporaryFolder } from "../local/setup/data-folder";

export interface BenchServers {
  readonly redis: RedisServer;
  readonly database: Database;
  /** Where nothing listens. */
  readonly unusedPort: number;
  stop(): Promise<void>;
}

export async function startServers(): Promise<BenchServers> {
  const folder = temporaryFolder();
  const password = newPassword();
  const [redis, postgres] = await Promise.all([
    findRedis(dataFolder(), console.error).then((program) =>
      startRedis({ program, folder: join(folder, "redis"), password }),
    ),
    startPostgres({ programs: postgresPrograms(dataFolder()), folder: join(folder, "postgres"), password }),
  ]);
  const { host, port, master } = postgres.address;
  const env = { DATABASE_HOST: host, DATABASE_PORT: port, DATABASE_NAME: "larder", DATABASE_TLS: "off" } as const;
  await withConnection({ ...addressOf(env), ...master }, (client) =>
    migrate(client, {
      migrationsFolder: join(cloneFolder, "lambdas/migrate/sql"),
      filmsFile: join(cloneFolder, "node_modules/vega-datasets/data/movies.json"),
      appRole: "larder_app",
      logins: [],
    }),
  );
  const database = databaseFrom({
    ...env,
    DATABASE_USER: master.user,
    DATABASE_PASSWORD: master.password,
    DATABASE_AUTH: "password",
  });
  return {
    redis,
    database,
    unusedPort: await freePort(),
    async stop() {
      await database.close();
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}
