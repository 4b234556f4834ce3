/**
 * A Redis as ElastiCache keeps it: each primary with a replica that takes over, behind an address that stays. One shard, or the three of a
 * cluster. Nothing happens by itself here: a primary that is lost stays so until `failOver`.
 */
import { administer } from "./administer";
import type { RedisAddress } from "./redis";
import { RedisEndpoint } from "./redis-endpoint";
import {
  follow,
  type RedisNode,
  type RedisShard,
  rememberPrimary,
  type ShardsSpec,
  startClusterShards,
  startShard,
} from "./redis-shards";
import { pause } from "./server-process";

export interface RedisGroupSpec extends ShardsSpec {
  readonly mode: "single" | "cluster";
}

export interface FailoverOptions {
  readonly shard: string;
  /** How the primary is lost: it crashes, or its host hangs. */
  readonly fault: "killed" | "frozen";
  /** How long it takes until that is noticed, and the replica promoted. */
  readonly noticedMs: number;
}

/** What happens to a shard, in this order. */
export interface FailoverStep {
  readonly is: "lost" | "promoted" | "replaced";
  readonly shard: string;
  /** The node that was the primary, and the one that is. */
  readonly from: RedisNode;
  readonly to: RedisNode;
}

/** A host that hangs is given up after its replica was promoted, and only then its connections end. */
const hangsOnMs = 2_000;

export class RedisGroup {
  readonly mode: "single" | "cluster";
  /** Of each primary. */
  readonly replicas = 1;
  readonly address: RedisAddress;
  readonly #spec: RedisGroupSpec;
  readonly #shards: readonly RedisShard[];
  readonly #endpoint: RedisEndpoint;
  readonly #onStep: ((step: FailoverStep) => void)[] = [];
  #failover: { readonly shard: string; readonly done: Promise<void> } | undefined;

  private constructor(spec: RedisGroupSpec, shards: readonly RedisShard[], endpoint: RedisEndpoint) {
    this.#spec = spec;
    this.mode = spec.mode;
    this.#shards = shards;
    this.#endpoint = endpoint;
    this.address = { host: "127.0.0.1", port: endpoint.port, user: "larder", password: spec.password };
  }

  /** Resolves when its servers answer; the replica of a single shard may still be copying. */
  static async start(spec: RedisGroupSpec): Promise<RedisGroup> {
    const shards = await (spec.mode === "cluster" ? startClusterShards(spec) : startShard(spec));
    const nodes = shards.flatMap(({ primary, replica }) => [primary, replica]);
    let next = 0;
    const anyNode = () => nodes[next++ % nodes.length];
    // A cluster's leads to any of its nodes, which know the others.
    const behind = () => (spec.mode === "cluster" ? anyNode() : shards[0]?.primary)?.server.address.port ?? 0;
    return new RedisGroup(spec, shards, await RedisEndpoint.start(behind));
  }

  get shards(): readonly Readonly<RedisShard>[] {
    return this.#shards;
  }

  /** The shard that is at it. */
  get failingOver(): string | undefined {
    return this.#failover?.shard;
  }

  onStep(listener: (step: FailoverStep) => void): void {
    this.#onStep.push(listener);
  }

  /** Calls back when a node is gone that nobody has taken down. */
  onDeath(listener: (node: RedisNode, role: "primary" | "replica") => void): void {
    for (const shard of this.#shards)
      for (const node of [shard.primary, shard.replica])
        node.server.onDeath(() => {
          if (this.failingOver === undefined) listener(node, node === shard.primary ? "primary" : "replica");
        });
  }

  /**
   * Loses a primary, lets its replica take over, and brings the lost one back as the new replica; resolves when that has all.
   *
   * @throws if another failover is under way
   */
  failOver(options: FailoverOptions): Promise<void> {
    const shard = this.#shards.find(({ id }) => id === options.shard);
    if (shard === undefined) throw new Error(`the group has no shard ${options.shard}`);
    if (this.#failover !== undefined) throw new Error("a failover is under way");
    const done = this.#failOver(shard, options).finally(() => (this.#failover = undefined));
    this.#failover = { shard: shard.id, done };
    return done;
  }

  async stop(): Promise<void> {
    await this.#failover?.done.catch(() => undefined);
    await this.#endpoint.stop();
    await Promise.all(this.#shards.flatMap(({ primary, replica }) => [primary.server.stop(), replica.server.stop()]));
  }

  async #failOver(shard: RedisShard, { fault, noticedMs }: FailoverOptions): Promise<void> {
    const { primary: from, replica: to } = shard;
    const tell = (is: FailoverStep["is"]) => {
      for (const listener of this.#onStep) listener({ is, shard: shard.id, from, to });
    };
    if (fault === "killed") await from.server.kill();
    else from.server.freeze();
    tell("lost");

    await pause(noticedMs);
    await this.#promote(to);
    Object.assign(shard, { primary: to, replica: from });
    if (this.mode === "single") rememberPrimary(this.#spec, to);
    tell("promoted");

    if (fault === "frozen") await pause(hangsOnMs);
    await from.server.kill();
    await from.server.restart();
    if (this.mode === "single") await follow(from, to);
    await this.#isAttached(shard);
    tell("replaced");
  }

  async #promote({ server }: RedisNode): Promise<void> {
    await administer(server.address, async (client) => {
      if (this.mode === "cluster") await client.cluster("FAILOVER", "FORCE");
      else await client.replicaof("NO", "ONE");
      while ((await client.role())[0] !== "master") await pause(10);
      if (this.mode === "single") await client.config("REWRITE");
    });
  }

  /** It has confirmed all that the primary has: one that is called online may still be reading its copy. */
  async #isAttached({ primary }: RedisShard): Promise<void> {
    await administer(primary.server.address, async (client) => {
      do
        await client.publish("attached", ""); // something to confirm
      while ((await client.wait(this.replicas, 100)) < this.replicas);
    });
  }
}
