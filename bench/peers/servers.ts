/** Redis, one primary and a cluster of three, of the benchmark's own. */
import { join } from "node:path";
import { findRedis } from "../../local/servers/find-redis";
import { freePort } from "../../local/servers/ports";
import { type RedisServer, startRedis } from "../../local/servers/redis";
import { startRedisCluster } from "../../local/servers/redis-cluster";
import { newPassword } from "../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../local/setup/data-folder";
import type { Endpoint } from "./library";

export interface Servers {
  readonly redis: RedisServer;
  readonly single: Endpoint;
  readonly cluster: Endpoint;
  /** Where nothing listens. */
  readonly nowhere: Endpoint;
  readonly stop: () => Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const program = await findRedis(dataFolder(), console.error);
  const folder = temporaryFolder();
  const password = newPassword();
  const [redis, nodes] = await Promise.all([
    startRedis({ program, folder: join(folder, "single"), password }),
    startRedisCluster({ program, folder: join(folder, "cluster"), password }),
  ]);
  const single: Endpoint = { ...redis.address, mode: "single" };
  return {
    redis,
    single,
    cluster: { ...single, port: nodes[0]?.address.port ?? 0, mode: "cluster" },
    nowhere: { ...single, port: await freePort() },
    async stop() {
      await Promise.all([redis, ...nodes].map((server) => server.stop()));
    },
  };
}
