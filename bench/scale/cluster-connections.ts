/** How many connections environments hold to a cluster: computed as environments × nodes, and counted on a real one. */
import { connectRedis } from "@larder/toolkit";
import { Redis } from "ioredis";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findRedis } from "../../local/servers/find-redis";
import { freeClusterPort } from "../../local/servers/ports";
import { type RedisAddress, type RedisServer, startRedis } from "../../local/servers/redis";
import { startRedisCluster } from "../../local/servers/redis-cluster";
import { newPassword } from "../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../local/setup/data-folder";

export interface ClusterConnections {
  readonly environments: number;
  readonly nodes: number;
  readonly predicted: number;
  readonly counted: number;
  /** Of one replica; reads never go there. */
  readonly countedOnReplica: number;
}

export async function measureClusterConnections(environments: number): Promise<ClusterConnections> {
  const [program, folder, password] = [await findRedis(dataFolder(), console.error), temporaryFolder(), newPassword()];
  const primaries = await startRedisCluster({ program, folder, password });
  const replica = await startRedis({
    program,
    folder: join(folder, "replica"),
    password,
    port: await freeClusterPort(),
    settings: ["cluster-enabled yes", "cluster-node-timeout 2000", "masteruser larder", `masterauth ${password}`],
  });
  const nodes = [...primaries, replica];
  try {
    const [first] = primaries;
    if (first === undefined) throw new Error("a cluster has a node");
    await attach(replica, first);
    const before = await Promise.all(nodes.map(({ address }) => connectionsOf(address)));
    const clients = Array.from({ length: environments }, () => {
      const { host, port, user } = first.address;
      return connectRedis({ mode: "cluster", host, port, credentials: { username: user, password: () => password } });
    });
    await Promise.all(clients.map((client) => once(client, "ready")));
    await pause(3_000); // connections that served to find the slots are closed by then
    const now = await Promise.all(nodes.map(({ address }) => connectionsOf(address)));
    const counted = now.map((count, at) => count - (before[at] ?? 0));
    for (const client of clients) client.disconnect();
    return {
      environments,
      nodes: nodes.length,
      predicted: environments * nodes.length,
      counted: counted.reduce((sum, count) => sum + count),
      countedOnReplica: counted.at(-1) ?? 0,
    };
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

async function attach(replica: RedisServer, primary: RedisServer): Promise<void> {
  await administer(replica.address, async (client) => {
    const id = await administer(primary.address, (its) => its.cluster("MYID"));
    await client.cluster("MEET", primary.address.host, primary.address.port);
    for (let tries = 0; ; tries++) {
      const said = await client.cluster("REPLICATE", id).catch((error: unknown) => error);
      if (said === "OK") break;
      if (tries === 200) throw new Error("the replica doesn't get to know the cluster", { cause: said });
      await pause(50);
    }
  });
  // Only a replica that has caught up is told to clients.
  while (!(await administer(primary.address, slotsOf)).includes(String(replica.address.port))) await pause(50);
}

async function slotsOf(client: Redis): Promise<string> {
  return JSON.stringify(await client.cluster("SLOTS"));
}

async function connectionsOf(address: RedisAddress): Promise<number> {
  return administer(address, async (client) => {
    const listed = String(await client.client("LIST", "TYPE", "NORMAL"));
    return listed.split("\n").filter((line) => line.startsWith("id=")).length;
  });
}

async function administer<T>(
  { host, port, user, password }: RedisAddress,
  work: (client: Redis) => Promise<T>,
): Promise<T> {
  const client = new Redis({ host, port, username: user, password });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}
