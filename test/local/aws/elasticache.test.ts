/** ElastiCache as it is played, asked by the real SDK: what it says of a real Redis, and what it does to it. */
import {
  DescribeCacheClustersCommand,
  DescribeEventsCommand,
  DescribeReplicationGroupsCommand,
  type ElastiCacheClient,
  ListTagsForResourceCommand,
  TestFailoverCommand,
} from "@aws-sdk/client-elasticache";
import { administer } from "../../../local/servers/administer";
import type { RedisGroup } from "../../../local/servers/redis-group";
import { elastiCacheOf, ownRedisGroup } from "../../support/elasticache";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";

async function described(client: ElastiCacheClient, ReplicationGroupId: string) {
  const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }));
  return ReplicationGroups![0]!;
}

/** The nodes of a shard and their roles, as ElastiCache says. */
async function rolesIn(client: ElastiCacheClient, shard = 0) {
  const { NodeGroupMembers = [] } = (await described(client, "shop")).NodeGroups![shard]!;
  return NodeGroupMembers.map(({ CacheClusterId, CurrentRole }) => [CacheClusterId, CurrentRole]);
}

function failOver(client: ElastiCacheClient, NodeGroupId = "0001") {
  return client.send(new TestFailoverCommand({ ReplicationGroupId: "shop", NodeGroupId }));
}

function isAvailable(client: ElastiCacheClient): Promise<unknown> {
  return until("the group is available", async () => (await described(client, "shop")).Status === "available");
}

describe("a group of one shard", () => {
  let group: RedisGroup;
  let client: ElastiCacheClient;
  beforeAll(async () => {
    group = await ownRedisGroup();
    client = await elastiCacheOf({ id: "shop", redis: group.address, group });
  });

  const read = () => administer(group.address, (redis) => redis.get("film"));

  it("has a primary and a replica, in two zones", async () => {
    const { NodeGroups, ...about } = await described(client, "shop");
    expect(about).toMatchObject({ Status: "available", ClusterEnabled: false, AutomaticFailover: "enabled" });
    const member = { CacheNodeId: "0001" };
    expect(NodeGroups).toEqual([
      {
        NodeGroupId: "0001",
        Status: "available",
        NodeGroupMembers: [
          { ...member, CacheClusterId: "shop-001", CurrentRole: "primary", PreferredAvailabilityZone: "us-east-2a" },
          { ...member, CacheClusterId: "shop-002", CurrentRole: "replica", PreferredAvailabilityZone: "us-east-2b" },
        ],
      },
    ]);
    const { CacheClusters } = await client.send(new DescribeCacheClustersCommand({ CacheClusterId: "shop-002" }));
    expect(CacheClusters).toEqual([
      expect.objectContaining({ Engine: expect.stringMatching(/^(redis|valkey)$/), EngineVersion: expect.any(String) }),
    ]);
  });

  it("fails over for real: the primary is killed, its replica has all it had, and clients find it where they found the other", async () => {
    const killed = group.shards[0]!.primary.server.pid;
    await administer(group.address, async (redis) => {
      await redis.set("film", "Alien");
      expect(await redis.wait(1, 5_000)).toBe(1);
    });
    const { ReplicationGroup } = await failOver(client);
    expect(ReplicationGroup?.Status).toBe("modifying");
    await isAvailable(client);

    expect(() => process.kill(killed, 0)).toThrow("ESRCH");
    expect(await rolesIn(client)).toEqual([
      ["shop-001", "replica"],
      ["shop-002", "primary"],
    ]);
    expect(await read()).toBe("Alien");
    await administer(group.address, async (redis) => {
      await redis.set("film", "Aliens");
      expect(await redis.wait(1, 5_000)).toBe(1);
    });
  });

  it("tells what happened in the words and the order of AWS, by source and since when", async () => {
    const failed = "Failover from primary node shop-001 to replica node shop-002 completed";
    const messages = async (asked: Partial<DescribeEventsCommand["input"]>) =>
      (await client.send(new DescribeEventsCommand(asked))).Events!.map(({ Message }) => Message);
    expect(await messages({ SourceType: "replication-group", SourceIdentifier: "shop" })).toEqual([
      "Test Failover API called for node group 0001",
      failed,
    ]);
    expect(await messages({ SourceType: "cache-cluster" })).toEqual([
      failed,
      "Recovering cache nodes 0001",
      "Finished recovery for cache nodes 0001",
    ]);
    expect(await messages({ Duration: 0 })).toEqual([]);
  });

  it("refuses a second failover while one is under way, and what there isn't", async () => {
    await failOver(client);
    await expect(failOver(client)).rejects.toMatchObject({ name: "InvalidReplicationGroupStateFault" });
    await isAvailable(client);
    await expect(failOver(client, "0002")).rejects.toMatchObject({ name: "NodeGroupNotFoundFault" });
    await expect(described(client, "other")).rejects.toMatchObject({ name: "ReplicationGroupNotFoundFault" });
    await expect(client.send(new DescribeCacheClustersCommand({ CacheClusterId: "other" }))).rejects.toMatchObject({
      name: "CacheClusterNotFoundFault",
    });
    await expect(client.send(new ListTagsForResourceCommand({ ResourceName: "x" }))).rejects.toThrow(
      "ListTagsForResource isn't played on this machine",
    );
  });

  it("fails over from a primary that hangs, and from one that is dead already", async () => {
    for (const fault of ["frozen", "killed"] as const) {
      const { primary, replica } = group.shards[0]!;
      if (fault === "killed") await primary.server.kill();
      await group.failOver({ shard: "0001", fault, noticedMs: 0 });
      expect(group.shards[0]).toMatchObject({ primary: replica, replica: primary });
      expect(await read()).toBe("Aliens");
    }
  });
});

it("has in cluster mode three shards, each failing over by itself, and says no roles", async () => {
  const group = await ownRedisGroup("cluster");
  const client = await elastiCacheOf({ id: "shop", redis: group.address, group });
  const { NodeGroups, ClusterEnabled } = await described(client, "shop");
  expect([ClusterEnabled, NodeGroups!.map(({ NodeGroupId, Slots }) => [NodeGroupId, Slots])]).toEqual([
    true,
    [
      ["0001", "0-5460"],
      ["0002", "5461-10922"],
      ["0003", "10923-16383"],
    ],
  ]);
  expect(await rolesIn(client, 1)).toEqual([
    ["shop-0002-001", undefined],
    ["shop-0002-002", undefined],
  ]);
  const { replica } = group.shards[1]!;
  await failOver(client, "0002");
  await isAvailable(client);
  expect(group.shards[1]!.primary).toBe(replica);
  await administer(group.shards[0]!.primary.server.address, async (redis) =>
    until("the cluster is whole", async () => (await redis.cluster("INFO")).includes("cluster_slots_ok:16384")),
  );
});

it("fails over no Redis that is somebody else's, and says so", async () => {
  const { address } = await ownRedis();
  const client = await elastiCacheOf({ id: "shop", redis: address });
  expect(await described(client, "shop")).toMatchObject({ AutomaticFailover: "disabled", Status: "available" });
  await expect(failOver(client)).rejects.toMatchObject({
    name: "TestFailoverNotAvailableFault",
    message: expect.stringContaining("leave LARDER_REDIS_URL out"),
  });
});
