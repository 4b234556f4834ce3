/**
 * Starts the servers that test files share, once per run: a PostgreSQL, and for each worker a Redis and a Redis Cluster of
 * three primaries.
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
import { usersOfFunctions } from "./redis-users";
import { announceServers } from "./servers-address";
import { whenTestsEnd } from "./stop-servers";

export default async function startServers({ maxWorkers }: { readonly maxWorkers: number }): Promise<void> {
  const home = dataFolder();
  const program = await findRedis(home, say);
  const programs = postgresPrograms(home);
  const password = newPassword();

  const [postgres, ...ofWorkers] = await Promise.all([
    startPostgres({ programs, folder: join(temporaryFolder(), "postgres"), password }),
    ...Array.from({ length: maxWorkers }, async () => {
      const folder = temporaryFolder();
      const start = (mode: "single" | "cluster") => ({
        ...{ program, folder: join(folder, mode), password },
        settings: usersOfFunctions(mode, password),
      });
      return { redis: await startRedis(start("single")), cluster: await startRedisCluster(start("cluster")) };
    }),
  ]);
  announceServers({
    postgres: postgres.address,
    ofWorkers: ofWorkers.map(({ redis, cluster }) => ({
      redis: redis.address,
      cluster: { nodes: cluster.map(({ address: { host, port } }) => ({ host, port })), user: "larder", password },
    })),
  });
  whenTestsEnd(async () => {
    const all = [postgres, ...ofWorkers.flatMap(({ redis, cluster }) => [redis, ...cluster])];
    await Promise.all(all.map((server) => server.stop()));
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
