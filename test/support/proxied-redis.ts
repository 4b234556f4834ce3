/** Redis servers with a network of ours before them. */
import type { RedisAddress, RedisServer } from "../../local/servers/redis";
import { administer } from "./administer";
import type { RedisMode } from "./redis-clients";
import { own, ownRedis, ownRedisCluster } from "./servers";
import { TcpProxy } from "./tcp-proxy";
import { until } from "./until";

export interface ProxiedRedis {
  /** Each before the server of the same index. */
  readonly proxies: readonly TcpProxy[];
  /** One, or the three primaries of a cluster. */
  readonly servers: readonly RedisServer[];
  /** Where clients connect. */
  readonly address: RedisAddress;
}

/** Ends with the test file. */
export async function ownProxiedRedis(mode: RedisMode): Promise<ProxiedRedis> {
  const servers = mode === "single" ? [await ownRedis()] : await ownRedisCluster();
  const proxies = await Promise.all(servers.map(async ({ address }) => own(await TcpProxy.start(address.port))));
  if (mode === "cluster") await announce(servers, proxies);
  return { servers, proxies, address: { ...servers[0]!.address, port: proxies[0]!.port } };
}

/** Lets the nodes of a cluster lead clients to the proxies; among themselves they go on talking directly. */
async function announce(servers: readonly RedisServer[], proxies: readonly TcpProxy[]): Promise<void> {
  for (const [at, { address }] of servers.entries())
    await administer(address, (client) => client.config("SET", "cluster-announce-port", proxies[at]!.port));
  for (const { address } of servers)
    await administer(address, (client) =>
      until(`the node on port ${address.port} names the proxies`, async () => {
        const ranges = await client.cluster("SLOTS");
        const named = ranges.flatMap(([, , ...nodes]) => nodes.map(([, port]) => port));
        return named.every((port) => proxies.some((proxy) => proxy.port === port));
      }),
    );
}
