/** Starts the nodes of a Redis group: of each shard a primary and a replica, in folders of their own. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { administer } from "./administer";
import { freeClusterPort } from "./ports";
import { startRedis, type RedisServer } from "./redis";
import { type ClusterNode, clusterIsComplete, nodesConf, slotRanges } from "./redis-cluster";
import type { RedisProgram } from "./redis-program";

export interface ShardsSpec {
  readonly program: RedisProgram;
  readonly folder: string;
  readonly password: string;
  /** More lines of redis.conf, for each node. */
  readonly settings?: readonly string[];
}

export interface RedisNode {
  /** As ElastiCache numbers it: `001`, in cluster mode `0001-001`. */
  readonly number: string;
  readonly server: RedisServer;
}

export interface RedisShard {
  /** `0001` and so on. */
  readonly id: string;
  /** @default - all there are */
  readonly slots?: string;
  primary: RedisNode;
  replica: RedisNode;
}

/** The nodes of a group of one shard, each in a folder of this name. */
export const shardNodes = ["001", "002"] as const;

/** Resolves when both answer and the replica knows its primary: that of the last run. */
export async function startShard(spec: ShardsSpec): Promise<RedisShard[]> {
  const nodes = await Promise.all(
    shardNodes.map(async (number) => {
      const folder = join(spec.folder, number);
      mkdirSync(spec.folder, { recursive: true, mode: 0o700 });
      return { number, server: await startRedis({ ...spec, folder, settings: replicationSettings(spec) }) };
    }),
  );
  const last = existsSync(primaryFile(spec)) ? readFileSync(primaryFile(spec), "utf8") : shardNodes[0];
  const [one, other] = nodes;
  if (one === undefined || other === undefined) throw new Error("a shard has two nodes");
  const [primary, replica] = one.number === last ? [one, other] : [other, one];
  await follow(replica, primary);
  return [{ id: "0001", primary, replica }];
}

/** Remembers it for the next run, since only the primary has all that was written. */
export function rememberPrimary(spec: ShardsSpec, { number }: RedisNode): void {
  writeFileSync(primaryFile(spec), number);
}

function primaryFile({ folder }: ShardsSpec): string {
  return join(folder, "primary");
}

/** It stays so if it is started again by hand. */
export async function follow(
  replica: RedisNode,
  { server: { address } }: RedisNode,
  given?: AbortSignal,
): Promise<void> {
  const work = async (client: Redis) => {
    await client.replicaof(address.host, address.port);
    await client.config("REWRITE");
  };
  await administer(replica.server.address, work, given);
}

/** A new cluster of three shards. Resolves when each node knows that it is complete. */
export async function startClusterShards(spec: ShardsSpec): Promise<RedisShard[]> {
  const primaries: ClusterNode[] = [];
  const replicas: ClusterNode[] = [];
  for (const slots of slotRanges) {
    const primary = { id: newNodeId(), port: await freeClusterPort(), slots };
    primaries.push(primary);
    replicas.push({ id: newNodeId(), port: await freeClusterPort(), primaryId: primary.id });
  }
  const all = [...primaries, ...replicas];
  const start = (node: ClusterNode, number: string) => startClusterNode(spec, node, number, all);
  const shards = await Promise.all(
    slotRanges.map(async (slots, at): Promise<RedisShard> => {
      const id = String(at + 1).padStart(4, "0");
      const [primary, replica] = [primaries[at], replicas[at]];
      if (primary === undefined || replica === undefined) throw new Error(`shard ${id} has no node`);
      const nodes = await Promise.all([start(primary, `${id}-001`), start(replica, `${id}-002`)]);
      return { id, slots, primary: nodes[0], replica: nodes[1] };
    }),
  );
  await Promise.all(
    shards.flatMap(({ primary, replica }) => [primary, replica]).map(({ server }) => clusterIsComplete(server.address)),
  );
  return shards;
}

async function startClusterNode(
  spec: ShardsSpec,
  node: ClusterNode,
  number: string,
  all: readonly ClusterNode[],
): Promise<RedisNode> {
  const folder = join(spec.folder, number);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "nodes.conf"), nodesConf(node, all));
  const settings = [
    ...replicationSettings(spec),
    "cluster-enabled yes",
    "cluster-config-file nodes.conf",
    "cluster-node-timeout 15000", // nodes hold no election before whoever plays ElastiCache promotes one
    "cluster-require-full-coverage no", // ElastiCache's default
  ];
  return { number, server: await startRedis({ ...spec, folder, port: node.port, settings }) };
}

function replicationSettings({ password, settings = [] }: ShardsSpec): string[] {
  return [
    "masteruser larder",
    `masterauth ${password}`,
    "repl-diskless-sync-delay 0",
    "shutdown-timeout 0", // or a primary waits for its replica when it is stopped
    ...settings,
  ];
}

function newNodeId(): string {
  return randomBytes(20).toString("hex");
}
