/** Starts a Redis Cluster of three primaries without replicas: every slot served, every CROSSSLOT and MOVED real. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freeClusterPort } from "./ports";
import { startRedis, type RedisAddress, type RedisServer } from "./redis";
import type { RedisProgram } from "./redis-program";
import { pause } from "./server-process";

export interface ClusterSpec {
  readonly program: RedisProgram;
  readonly folder: string;
  readonly password: string;
  /** More lines of redis.conf. */
  readonly settings?: readonly string[];
}

export interface ClusterNode {
  readonly id: string;
  readonly port: number;
  /** Of a primary. */
  readonly slots?: string;
  /** Of a replica. */
  readonly primaryId?: string;
}

export const slotRanges = ["0-5460", "5461-10922", "10923-16383"] as const;

/** Resolves with the nodes when each of them knows that the cluster is complete. */
export async function startRedisCluster(spec: ClusterSpec): Promise<RedisServer[]> {
  const nodes: ClusterNode[] = [];
  for (const slots of slotRanges)
    nodes.push({ id: randomBytes(20).toString("hex"), port: await freeClusterPort(), slots });

  const servers = await Promise.all(nodes.map((node) => startNode(spec, node, nodes)));
  await Promise.all(servers.map(({ address }) => clusterIsComplete(address)));
  return servers;
}

async function startNode(spec: ClusterSpec, own: ClusterNode, all: readonly ClusterNode[]): Promise<RedisServer> {
  const folder = join(spec.folder, String(own.port));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Written before the first start, the cluster's shape needs no joining: it is complete as soon as the nodes see each other.
  writeFileSync(join(folder, "nodes.conf"), nodesConf(own, all));
  return startRedis({
    ...spec,
    folder,
    port: own.port,
    settings: [
      ...["cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 2000"],
      ...(spec.settings ?? []),
    ],
  });
}

/** Redis' own format, a line per node: id, address, flags, primary, ping, pong, epoch, link, slots. */
export function nodesConf(own: ClusterNode, all: readonly ClusterNode[]): string {
  const lines = all.map((node, index) => {
    const { id, port, slots = "", primaryId } = node;
    const flags = `${node === own ? "myself," : ""}${primaryId === undefined ? "master" : "slave"}`;
    // A replica has the epoch of its primary.
    const epoch = 1 + (primaryId === undefined ? index : all.findIndex((other) => other.id === primaryId));
    const line = `${id} 127.0.0.1:${port}@${port + 10_000} ${flags} ${primaryId ?? "-"} 0 0 ${epoch} connected ${slots}`;
    return line.trimEnd();
  });
  return [...lines, `vars currentEpoch ${all.length} lastVoteEpoch 0`, ""].join("\n");
}

export async function clusterIsComplete({ host, port, user, password }: RedisAddress): Promise<void> {
  const client = new Redis({ host, port, username: user, password });
  const giveUpAt = performance.now() + 30_000;
  try {
    for (;;) {
      const info = await client.cluster("INFO");
      if (info.includes("cluster_state:ok")) return;
      if (performance.now() > giveUpAt) throw new Error(`the Redis cluster is not complete after 30 s:\n${info}`);
      await pause(20);
    }
  } finally {
    client.disconnect();
  }
}
