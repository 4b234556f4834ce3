/**
 * A Redis as ElastiCache keeps it: each primary with a replica that takes over, behind an address that stays. One shard, or the three of a
 * cluster. Nothing happens by itself here: a primary that is lost stays so until `failOver`.
 */
import type { Redis } from "ioredis";
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

/** A replica that hasn't taken over by then won't. */
const takesOverWithinMs = 8_000;
const attachesWithinMs = 20_000;
const answersWithinMs = 1_000;

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
   * @throws if another failover is under way; rejects if the replica gives no answer, the primary being left alone then, or doesn't
   * take over, the primary being back then
   */
  failOver(options: FailoverOptions): Promise<void> {
    const shard = this.#shards.find(({ id }) => id === options.shard);
    if (shard === undefined) throw new Error(`the group has no shard ${options.shard}`);
    if (this.#failover !== undefined) throw new Error("a failover is under way");
    const done = this.#failOver(shard, options).finally(() => (this.#failover = undefined));
    this.#failover = { shard: shard.id, done };
    return done;
  }

  /** Whether the replica of a shard could take over. */
  async replicaAnswers(id: string): Promise<boolean> {
    const replica = this.#shards.find((shard) => shard.id === id)?.replica;
    if (replica === undefined) return false;
    try {
      await within(answersWithinMs, "no answer", (given) =>
        administer(replica.server.address, (client) => client.ping(), given),
      );
      return true;
    } catch {
      return false;
    }
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
    if (!(await this.replicaAnswers(shard.id)))
      throw new Error(`the replica ${to.number} gives no answer, so nobody could take over: bring it back first`);
    if (fault === "killed") await from.server.kill();
    else from.server.freeze();
    tell("lost");

    await pause(noticedMs);
    try {
      await within(takesOverWithinMs, `the replica ${to.number} doesn't take over`, (given) =>
        this.#promote(to, given),
      );
    } catch (error) {
      await this.#takeBack(from, to);
      throw error;
    }
    Object.assign(shard, { primary: to, replica: from });
    if (this.mode === "single") rememberPrimary(this.#spec, to);
    tell("promoted");

    if (fault === "frozen") await pause(hangsOnMs);
    await from.server.kill();
    await from.server.restart();
    await within(attachesWithinMs, `the node ${from.number} doesn't follow ${to.number}`, async (given) => {
      if (this.mode === "single") await follow(from, to, given);
      await this.#isAttached(shard, given);
    });
    tell("replaced");
  }

  /** The replica too begins anew: one that hung might still find that it was told to take over. */
  async #takeBack(primary: RedisNode, replica: RedisNode): Promise<void> {
    for (const { server } of [primary, replica]) {
      await server.kill();
      await server.restart();
    }
    if (this.mode === "single") await follow(replica, primary);
  }

  async #promote({ server }: RedisNode, given: AbortSignal): Promise<void> {
    const work = async (client: Redis) => {
      if (this.mode === "cluster") await client.cluster("FAILOVER", "FORCE");
      else await client.replicaof("NO", "ONE");
      while ((await client.role())[0] !== "master") await pause(10);
      if (this.mode === "single") await client.config("REWRITE");
    };
    await administer(server.address, work, given);
  }

  /** It has confirmed all that the primary has: one that is called online may still be reading its copy. */
  async #isAttached({ primary }: RedisShard, given: AbortSignal): Promise<void> {
    const work = async (client: Redis) => {
      do
        await client.publish("attached", ""); // something to confirm
      while ((await client.wait(this.replicas, 100)) < this.replicas);
    };
    await administer(primary.server.address, work, given);
  }
}

/** @throws when the time is over; `work` is told, and comes to nothing then */
async function within<T>(ms: number, late: string, work: (given: AbortSignal) => Promise<T>): Promise<T> {
  const given = new AbortController();
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    over.reject(new Error(`${late}: ${ms / 1_000} s are over`));
    given.abort();
  }, ms);
  const done = work(given.signal);
  done.catch(() => undefined); // after that nobody asks for it
  try {
    return await Promise.race([done, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
