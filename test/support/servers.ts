/**
 * The servers a test uses: those that files share, and servers of its own for a test that breaks them.
 *
 * A file finds its Redis and its cluster empty, and has them for itself while it runs. In PostgreSQL it keeps to databases
 * of its own.
 */
import { join } from "node:path";
import { postgresPrograms } from "../../local/servers/postgres-binaries";
import { startPostgres, type PostgresServer, type PostgresSpec } from "../../local/servers/postgres";
import { startRedis, type RedisServer } from "../../local/servers/redis";
import { findRedis } from "../../local/servers/find-redis";
import { startRedisCluster } from "../../local/servers/redis-cluster";
import { newPassword } from "../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../local/setup/data-folder";
import { usersOfFunctions } from "./redis-users";
import { announcedServers, type TestServers } from "./servers-address";

export type { TestServers } from "./servers-address";

export function servers(): TestServers {
  return announcedServers();
}

/** Ends with the test file; stop, kill, freeze and restart it as you like. `users`: lines of redis.conf. */
export async function ownRedis(
  users: (password: string) => readonly string[] = (password) => usersOfFunctions("single", password),
): Promise<RedisServer> {
  const program = await findRedis(dataFolder(), console.log);
  const password = newPassword();
  return own(await startRedis({ program, folder: temporaryFolder(), password, settings: users(password) }));
}

/** Three primaries; ends with the test file. */
export async function ownRedisCluster(): Promise<RedisServer[]> {
  const program = await findRedis(dataFolder(), console.log);
  const password = newPassword();
  const settings = usersOfFunctions("cluster", password);
  return (await startRedisCluster({ program, folder: temporaryFolder(), password, settings })).map(own);
}

/** Ends with the test file. */
export async function ownPostgres({ ssl }: Pick<PostgresSpec, "ssl"> = {}): Promise<PostgresServer> {
  const programs = postgresPrograms(dataFolder());
  return own(
    await startPostgres({ programs, folder: join(temporaryFolder(), "postgres"), password: newPassword(), ssl }),
  );
}

const ownServers: { stop(): unknown }[] = [];

/** Ends it with the test file. */
export function own<Server extends { stop(): unknown }>(server: Server): Server {
  ownServers.push(server);
  return server;
}

afterAll(async () => {
  await Promise.all(ownServers.map((server) => server.stop()));
});
