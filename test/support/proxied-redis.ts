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
  if (mode === "cluster")
    await announcePorts(
      servers,
      proxies.map(({ port }) => port),
    );
  return { servers, proxies, address: { ...servers[0]!.address, port: proxies[0]!.port } };
}

/** Lets the nodes of a cluster lead clients to what listens before each of them. Among themselves they go on talking directly. */
export async function announcePorts(servers: readonly RedisServer[], ports: readonly number[]): Promise<void> {
  for (const [at, { address }] of servers.entries())
    await administer(address, (client) => client.config("SET", "cluster-announce-port", ports[at]!));
  for (const { address } of servers)
    await administer(address, (client) =>
      until(`the node on port ${address.port} names the ports ${ports.join(", ")}`, async () => {
        const ranges = await client.cluster("SLOTS");
        return ranges.flatMap(([, , ...nodes]) => nodes.map(([, port]) => port)).every((port) => ports.includes(port));
      }),
    );
}
