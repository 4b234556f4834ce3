/** One replication group of the template, with the Redis of this machine behind it. */
import { Redis } from "ioredis";
import type { RedisAddress } from "../servers/redis";
import type { FailoverStep, RedisGroup } from "../servers/redis-group";
import { list, type XmlValue } from "./query-xml";

/** What AWS says no to; the code is that of the wire, which the SDK knows the error by. */
export class RefusedError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

interface GroupEvent {
  readonly sourceType: "replication-group" | "cache-cluster";
  readonly sourceId: string;
  readonly message: string;
  readonly atMs: number;
}

/** What is asked of a Redis that can be failed over. */
interface KeptRedis extends Pick<RedisGroup, "mode" | "failingOver" | "replicaAnswers" | "failOver" | "onStep"> {
  readonly shards: readonly {
    readonly id: string;
    readonly slots?: string;
    readonly primary: { readonly number: string };
    readonly replica: { readonly number: string };
  }[];
}

export interface PlayedGroupOptions {
  readonly id: string;
  readonly region: string;
  readonly redis: RedisAddress;
  /** @default - none: the Redis is somebody else's, and stays as it is */
  readonly group?: KeptRedis;
  /** How long it takes until a primary that was taken down is missed. AWS needs some seconds. @default 1000 */
  readonly noticedMs?: number;
}

const dayMs = 24 * 60 * 60_000;
const failoversADay = 15;
const onlyShard = "0001";

export class PlayedGroup {
  readonly id: string;
  readonly events: GroupEvent[] = [];
  readonly #options: PlayedGroupOptions;
  readonly #askedMs: number[] = [];

  constructor(options: PlayedGroupOptions) {
    this.#options = options;
    this.id = options.id;
    options.group?.onStep((step) => this.#tell(step));
  }

  describe(): { readonly [name: string]: XmlValue } {
    const { group, region } = this.#options;
    const isCluster = group?.mode === "cluster";
    const shards = group?.shards ?? [];
    const member = (number: string, role: string, zone: string) => ({
      CacheClusterId: `${this.id}-${number}`,
      CacheNodeId: "0001",
      CurrentRole: isCluster ? undefined : role,
      PreferredAvailabilityZone: region + zone,
    });
    const nodeGroups = shards.map(({ id, slots, primary, replica }) => ({
      NodeGroupId: id,
      Status: group?.failingOver === id ? "modifying" : "available",
      Slots: slots,
      NodeGroupMembers: list(
        "NodeGroupMember",
        // In the order of their numbers, whoever is the primary; each stays in its zone.
        [primary, replica]
          .map((node) => ({ ...node, role: node === primary ? "primary" : "replica" }))
          .sort((one, other) => one.number.localeCompare(other.number))
          .map(({ number, role }) => member(number, role, number.endsWith("1") ? "a" : "b")),
      ),
    }));
    const given = {
      NodeGroupId: onlyShard,
      Status: "available",
      NodeGroupMembers: list("NodeGroupMember", [member("001", "primary", "a")]),
    };
    return {
      ReplicationGroupId: this.id,
      Status: group?.failingOver === undefined ? "available" : "modifying",
      ClusterEnabled: isCluster,
      AutomaticFailover: group === undefined ? "disabled" : "enabled",
      MultiAZ: group === undefined ? "disabled" : "enabled",
      NodeGroups: list("NodeGroup", group === undefined ? [given] : nodeGroups),
    };
  }

  async describeNodes(): Promise<{ readonly [name: string]: XmlValue }[]> {
    const { group, redis } = this.#options;
    const nodes = group?.shards.flatMap(({ primary, replica }) => [primary, replica]) ?? [{ number: "001" }];
    const engine = await engineOf(redis).catch(() => ({})); // while it fails over nobody answers
    return nodes.map(({ number }) => ({
      CacheClusterId: `${this.id}-${number}`,
      ReplicationGroupId: this.id,
      CacheClusterStatus: "available",
      ...engine,
    }));
  }

  /** Begins it, as AWS does, and answers before it is done. */
  async testFailover(shard: string): Promise<void> {
    const { group, noticedMs = 1_000 } = this.#options;
    if (group === undefined)
      throw new RefusedError(
        "TestFailoverNotAvailableFault",
        "the Redis of LARDER_REDIS_URL is somebody else's, and nothing here can fail it over: leave LARDER_REDIS_URL out",
      );
    if (!group.shards.some(({ id }) => id === shard))
      throw new RefusedError("NodeGroupNotFoundFault", `NodeGroup ${shard} not found.`, 404);
    if (!(await group.replicaAnswers(shard)))
      throw new RefusedError(
        "InvalidParameterCombination",
        `the replica of node group ${shard} gives no answer, and nobody else could take over: bring it back first`,
      );
    if (group.failingOver !== undefined)
      throw new RefusedError(
        "InvalidReplicationGroupState",
        `Replication group ${this.id} must be in available state.`,
      );
    const todayMs = this.#askedMs.filter((ms) => ms > Date.now() - dayMs);
    if (todayMs.length >= failoversADay)
      throw new RefusedError(
        "APICallRateForCustomerExceeded",
        `TestFailover is allowed ${failoversADay} times in 24 hours.`,
      );
    this.#askedMs.push(Date.now());
    this.#note("replication-group", this.id, `Test Failover API called for node group ${shard}`);
    group
      .failOver({ shard, fault: "killed", noticedMs })
      .catch((error: unknown) => this.#note("replication-group", this.id, `the failover failed: ${String(error)}`));
  }

  /** Whoever brought the failover about, in the words of AWS. */
  #tell({ is, from, to }: FailoverStep): void {
    const [lost, successor] = [from, to].map(({ number }) => `${this.id}-${number}`);
    if (is === "lost" || lost === undefined) return;
    if (is === "replaced") {
      this.#note("cache-cluster", lost, "Finished recovery for cache nodes 0001");
      return;
    }
    const completed = `Failover from primary node ${lost} to replica node ${String(successor)} completed`;
    this.#note("cache-cluster", lost, completed);
    this.#note("replication-group", this.id, completed);
    this.#note("cache-cluster", lost, "Recovering cache nodes 0001");
  }

  #note(sourceType: GroupEvent["sourceType"], sourceId: string, message: string): void {
    this.events.push({ sourceType, sourceId, message, atMs: Date.now() });
  }
}

/** @throws if it doesn't answer */
async function engineOf({
  host,
  port,
  user,
  password,
}: RedisAddress): Promise<{ Engine: string; EngineVersion: string }> {
  const client = new Redis({
    host,
    port,
    ...(password !== "" && { username: user, password }),
    lazyConnect: true,
    connectTimeout: 500,
    commandTimeout: 500,
    retryStrategy: () => null,
  });
  client.on("error", () => undefined); // the rejection says it too
  try {
    await client.connect();
    const info = await client.info("server");
    // Valkey has a version of Redis as well.
    const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
    return valkey === undefined
      ? { Engine: "redis", EngineVersion: /^redis_version:(\S+)/m.exec(info)?.[1] ?? "" }
      : { Engine: "valkey", EngineVersion: valkey };
  } finally {
    if (client.status !== "end") client.disconnect(); // on one that has ended, it would leave a timer running
  }
}
