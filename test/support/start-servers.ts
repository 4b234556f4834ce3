/**
 * Starts the servers that all test files share, once per run: a Redis, a Redis Cluster of three primaries, a PostgreSQL.
 *
 * Jest's globalSetup; `servers.ts` tells tests where they are. `stop-servers.ts` ends them; if Jest is killed before,
 * the servers notice and end themselves.
 */
import { join } from "node:path";
import { postgresPrograms } from "../../local/servers/postgres-binaries";
import { startPostgres } from "../../local/servers/postgres";
import { startRedis } from "../../local/servers/redis";
import { findRedis } from "../../local/servers/find-redis";
import { startRedisCluster } from "../../local/servers/redis-cluster";
import { dataFolder, temporaryFolder } from "../../local/setup/data-folder";
import { newPassword } from "../../local/setup/credentials";
import { announceServers } from "./servers-address";
import { whenTestsEnd } from "./stop-servers";

export default async function startServers(): Promise<void> {
  const home = dataFolder();
  const program = await findRedis(home, say);
  const programs = postgresPrograms(home);
  const folder = temporaryFolder();
  const password = newPassword();

  const [redis, cluster, postgres] = await Promise.all([
    startRedis({ program, folder: join(folder, "redis"), password }),
    startRedisCluster({ program, folder: join(folder, "cluster"), password }),
    startPostgres({ programs, folder: join(folder, "postgres"), password }),
  ]);
  announceServers({
    redis: redis.address,
    cluster: { nodes: cluster.map(({ address: { host, port } }) => ({ host, port })), user: "larder", password },
    postgres: postgres.address,
  });
  whenTestsEnd(async () => {
    await Promise.all([redis, ...cluster, postgres].map((server) => server.stop()));
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
