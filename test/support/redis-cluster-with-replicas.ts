/** A Redis Cluster of three primaries with a replica each, whose failovers are Redis' own. */
import { join } from "node:path";
import type { Redis } from "ioredis";
import { findRedis } from "../../local/servers/find-redis";
import { freeClusterPort } from "../../local/servers/ports";
import { startRedis, type RedisAddress, type RedisServer } from "../../local/servers/redis";
import { newPassword } from "../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../local/setup/data-folder";
import { administer } from "./administer";
import { monotonicMs } from "./monotonic";
import { own } from "./servers";
import { until } from "./until";

interface Shard {
  primary: RedisServer;
  replica: RedisServer;
}

/** When the deposed primary could still have answered as one; `undefined`: never. */
export type DeposedWindow = { readonly fromMs: number; readonly toMs: number } | undefined;

const slots = [
  [0, 5460],
  [5461, 10922],
  [10923, 16383],
] as const;

export class RedisClusterWithReplicas {
  private constructor(private readonly shards: readonly Shard[]) {}

  /** Ends with the test file. */
  static async start(): Promise<RedisClusterWithReplicas> {
    const nodes = await startNodes();
    const cluster = new RedisClusterWithReplicas(
      slots.map((_, at) => ({ primary: nodes[at]!, replica: nodes[at + slots.length]! })),
    );
    await cluster.#join(nodes);
    return cluster;
  }

  /** Of one node; the others are found through it. */
  get address(): RedisAddress {
    return this.shards[0]!.primary.address;
  }

  get primaries(): readonly RedisServer[] {
    return this.shards.map(({ primary }) => primary);
  }

  get replicas(): readonly RedisServer[] {
    return this.shards.map(({ replica }) => replica);
  }

  /** Lets the replica of a primary take over. The deposed one comes back as its replica; resolves when it is attached. */
  async failOver(primary: RedisServer, deposition: "killed" | "frozen"): Promise<DeposedWindow> {
    const shard = this.shards.find((candidate) => candidate.primary === primary);
    if (shard === undefined) throw new Error(`the node on port ${primary.address.port} is no primary`);
    const { primary: deposed, replica: successor } = shard;
    if (deposition === "killed") await deposed.kill();
    else deposed.freeze();
    await administer(successor.address, async (client) => {
      await client.cluster("FAILOVER", "FORCE");
      await until("the replica has taken over", async () => (await roleOf(client)) === "master");
    });
    Object.assign(shard, { primary: successor, replica: deposed });

    const fromMs = monotonicMs();
    if (deposition === "killed") await deposed.restart();
    else deposed.thaw();
    const toMs = await administer(deposed.address, async (client) => {
      await until("the deposed primary has become a replica", async () => (await roleOf(client)) === "slave");
      return monotonicMs();
    });
    await this.#isAttached(shard);
    return deposition === "killed" ? undefined : { fromMs, toMs };
  }

  async #join(nodes: readonly RedisServer[]): Promise<void> {
    for (const [at, { address }] of nodes.entries())
      await administer(address, async (client) => {
        await client.cluster("SET-CONFIG-EPOCH", at + 1);
        const range = slots[at];
        if (range !== undefined) await client.cluster("ADDSLOTSRANGE", ...range);
      });
    await administer(this.address, async (client) => {
      for (const { address } of nodes) await client.cluster("MEET", address.host, address.port);
    });
    await Promise.all(nodes.map(({ address }) => knows(address, nodes.length)));
    for (const shard of this.shards) {
      const id = await administer(shard.primary.address, (client) => client.cluster("MYID"));
      await administer(shard.replica.address, (client) => client.cluster("REPLICATE", id));
      await this.#isAttached(shard);
    }
    await Promise.all(nodes.map(({ address }) => isComplete(address)));
  }

  async #isAttached({ primary, replica }: Shard): Promise<void> {
    await administer(primary.address, (client) =>
      until(`the replica on port ${replica.address.port} is attached`, async () =>
        (await client.info("replication")).includes("state=online"),
      ),
    );
  }
}

async function startNodes(): Promise<RedisServer[]> {
  const program = await findRedis(dataFolder(), console.log);
  const folder = temporaryFolder();
  const password = newPassword();
  const settings = [
    "cluster-enabled yes",
    "cluster-node-timeout 1000",
    "cluster-require-full-coverage no", // ElastiCache's default
    "masteruser larder",
    `masterauth ${password}`,
    "repl-diskless-sync-delay 0",
    "shutdown-timeout 0", // or a primary waits for its replicas when it is stopped
  ];
  const nodes: RedisServer[] = [];
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    const port = await freeClusterPort();
    nodes.push(own(await startRedis({ program, folder: join(folder, name), password, port, settings })));
  }
  return nodes;
}

async function roleOf(client: Redis): Promise<unknown> {
  const [role] = await client.role();
  return role;
}

function knows(address: RedisAddress, count: number): Promise<unknown> {
  return administer(address, (client) =>
    until(`${count} nodes know each other`, async () => {
      const info = await client.cluster("INFO");
      return (
        info.includes(`cluster_known_nodes:${count}\r`) && !String(await client.cluster("NODES")).includes("handshake")
      );
    }),
  );
}

function isComplete(address: RedisAddress): Promise<unknown> {
  return administer(address, (client) =>
    until("the cluster is complete", async () => (await client.cluster("INFO")).includes("cluster_state:ok")),
  );
}
