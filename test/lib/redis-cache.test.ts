import { RemovalPolicy } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { clientAccessString } from "../../lib/constructs/redis-access";
import { RedisCache, type RedisCacheProps } from "../../lib/constructs/redis-cache";
import { accessString, cached } from "../../lib/constructs/redis-rights";
import { testStack } from "./support/test-app";

const group = "AWS::ElastiCache::ReplicationGroup";

function makeCache(change: Partial<RedisCacheProps> = {}, zones = 2) {
  const { stack, shared } = testStack({ zones });
  const cache = new RedisCache(stack, "Cache", {
    ...shared,
    name: "shop-cache",
    keyPrefix: "shop",
    nodeType: "cache.t4g.small",
    maxmemoryPolicy: "noeviction",
    ...change,
  });
  return { stack, cache, template: () => Template.fromStack(stack) };
}

describe("a Redis cache with nothing but the necessary said", () => {
  const { template, cache } = makeCache();

  it("fails over to a replica in another zone", () => {
    template().hasResourceProperties(group, {
      NumNodeGroups: 1,
      ReplicasPerNodeGroup: 1,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
    });
  });

  it("requires TLS and an IAM user, and encrypts its disk", () => {
    template().hasResourceProperties(group, {
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: "required",
      AtRestEncryptionEnabled: true,
      KmsKeyId: Match.anyValue(),
      UserGroupIds: [{ Ref: Match.stringLikeRegexp("CacheUsersGroup") }],
      AuthToken: Match.absent(),
    });
  });

  it("is Redis 7.1 without cluster mode, with parameters of its own", () => {
    template().hasResourceProperties(group, { Engine: "redis", EngineVersion: "7.1", ClusterMode: "disabled" });
    template().hasResourceProperties("AWS::ElastiCache::ParameterGroup", {
      CacheParameterGroupFamily: "redis7",
      Properties: { "cluster-enabled": "no", "maxmemory-policy": "noeviction" },
    });
    expect(cache.mode).toBe("single");
  });

  it("lets its own IAM user in, and turns the user named default off", () => {
    template().hasResourceProperties("AWS::ElastiCache::User", {
      UserId: "shop-cache-redis",
      UserName: "shop-cache-redis",
      AuthenticationMode: { Type: "iam" },
      AccessString: clientAccessString("shop"),
    });
    template().hasResourceProperties("AWS::ElastiCache::User", {
      UserId: "shop-cache-redis-default",
      UserName: "default",
      AccessString: "off ~* -@all",
    });
    template().hasResourceProperties("AWS::ElastiCache::UserGroup", {
      UserIds: [{ Ref: Match.anyValue() }, { Ref: Match.anyValue() }],
    });
  });

  it("has a user for each role, whose id fits whatever stage and function are called", () => {
    const { template } = makeCache({ name: "larder-production-state", users: { coordination: [cached("films")] } });
    template().hasResourceProperties("AWS::ElastiCache::User", {
      UserId: "larder-production-state-r-coordination",
      UserName: "larder-production-state-r-coordination",
      AuthenticationMode: { Type: "iam" },
      AccessString: accessString([cached("films")], "single"),
    });
    template().hasResourceProperties("AWS::ElastiCache::UserGroup", {
      UserIds: [{ Ref: Match.anyValue() }, { Ref: Match.anyValue() }, { Ref: Match.anyValue() }],
    });
  });

  it("delivers its slow log and its engine log as JSON", () => {
    const delivered = (LogType: string) =>
      Match.objectLike({ LogType, LogFormat: "json", DestinationType: "cloudwatch-logs" });
    template().hasResourceProperties(group, {
      LogDeliveryConfigurations: [delivered("slow-log"), delivered("engine-log")],
    });
  });

  it("reshards in place", () => {
    template().hasResource(group, { UpdatePolicy: { UseOnlineResharding: true } });
  });
});

describe("a Redis cache with several shards", () => {
  const { template, cache, stack } = makeCache({ shards: 2, replicasPerShard: 2, maxmemoryPolicy: "allkeys-lru" });

  it("speaks the cluster protocol at its configuration endpoint", () => {
    template().hasResourceProperties(group, { NumNodeGroups: 2, ReplicasPerNodeGroup: 2, ClusterMode: "enabled" });
    template().hasResourceProperties("AWS::ElastiCache::ParameterGroup", {
      Properties: { "cluster-enabled": "yes", "maxmemory-policy": "allkeys-lru" },
    });
    expect(cache.mode).toBe("cluster");
    expect(stack.resolve(cache.host)).toEqual({ "Fn::GetAtt": [expect.any(String), "ConfigurationEndPoint.Address"] });
  });
});

describe("Valkey", () => {
  it("is one word: another engine, family and users, and no user named default", () => {
    const { template } = makeCache({ engine: "valkey" });
    template().hasResourceProperties(group, { Engine: "valkey", EngineVersion: "8.2" });
    template().hasResourceProperties("AWS::ElastiCache::ParameterGroup", { CacheParameterGroupFamily: "valkey8" });
    template().resourceCountIs("AWS::ElastiCache::User", 1);
    template().hasResourceProperties("AWS::ElastiCache::User", { UserId: "shop-cache-valkey", Engine: "valkey" });
  });
});

const durable = { engine: "valkey", durability: "sync", clusterMode: true, nodeType: "cache.m7g.large" } as const;
const byCpu = { of: "shards", by: "cpu", percent: 60, most: 5 } as const;
const growing = { shards: 2, nodeType: "cache.m7g.large", autoscaling: byCpu } as const;

describe("durability", () => {
  it("is one word: Valkey 9.0, which answers a write once several zones have it", () => {
    const { template } = makeCache(durable);
    template().hasResourceProperties(group, { Engine: "valkey", EngineVersion: "9.0", Durability: "sync" });
    template().hasResourceProperties("AWS::ElastiCache::ParameterGroup", { CacheParameterGroupFamily: "valkey9" });
  });

  it("isn't mentioned where it isn't wanted: Redis OSS doesn't know the word", () => {
    makeCache().template().hasResourceProperties(group, { Durability: Match.absent() });
  });
});

describe("a Redis cache that grows by itself", () => {
  const target = "AWS::ApplicationAutoScaling::ScalableTarget";
  const policy = "AWS::ApplicationAutoScaling::ScalingPolicy";

  it("adds shards from those it was made with up to the most, in place, and removes none", () => {
    const { template } = makeCache(growing);
    template().hasResourceProperties(target, {
      ServiceNamespace: "elasticache",
      ScalableDimension: "elasticache:replication-group:NodeGroups",
      MinCapacity: 2,
      MaxCapacity: 5,
    });
    template().hasResourceProperties(policy, {
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: "ElastiCachePrimaryEngineCPUUtilization" },
        TargetValue: 60,
        DisableScaleIn: true,
      },
    });
    template().hasResource(group, { UpdatePolicy: { UseOnlineResharding: true } });
  });

  it("adds them for memory, and removes them when told so", () => {
    const { template } = makeCache({ ...growing, autoscaling: { ...byCpu, by: "memory", shrinks: true } });
    template().hasResourceProperties(policy, {
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: {
          PredefinedMetricType: "ElastiCacheDatabaseMemoryUsageCountedForEvictPercentage",
        },
        DisableScaleIn: false,
      },
    });
  });

  it("adds replicas, for those who read from them", () => {
    const { template, cache } = makeCache({ ...growing, autoscaling: { ...byCpu, of: "replicas", most: 4 } });
    template().hasResourceProperties(target, {
      ScalableDimension: "elasticache:replication-group:Replicas",
      MinCapacity: 1,
      MaxCapacity: 4,
    });
    expect(cache.nodeIds).toHaveLength(2 * (1 + 4)); // each with its alarms, once it is there
  });
});

describe("a Redis cache that is removed", () => {
  it("leaves a last snapshot and its logs, unless told otherwise", () => {
    const { template } = makeCache({ removalPolicy: undefined });
    template().hasResource(group, { DeletionPolicy: "Snapshot" });
    template().hasResource("AWS::Logs::LogGroup", { DeletionPolicy: "RetainExceptOnCreate" });
  });

  it("leaves nothing when told so", () => {
    const { template } = makeCache({ removalPolicy: RemovalPolicy.DESTROY });
    template().hasResource(group, { DeletionPolicy: "Delete" });
    template().hasResource("AWS::Logs::LogGroup", { DeletionPolicy: "Delete" });
  });
});

describe("a Redis cache refuses at synth", () => {
  it.each<[string, Partial<RedisCacheProps>, RegExp]>([
    ["no replica", { replicasPerShard: 0 }, /replicasPerShard is 0: use 1 to 5/],
    ["half a replica", { replicasPerShard: 1.5 }, /replicasPerShard is 1.5/],
    ["no shard", { shards: 0 }, /shards is 0/],
    ["several shards without cluster mode", { shards: 2, clusterMode: false }, /clusterMode is off with 2 shards/],
    ["no snapshots", { snapshotRetentionDays: 0 }, /snapshotRetentionDays is 0: use 1 to 35/],
    ["a node type of RDS", { nodeType: "db.t4g.micro" }, /nodeType is "db.t4g.micro": use cache\./],
    [
      "a size that the family hasn't",
      { nodeType: "cache.t4g.large" },
      /"cache.t4g.large": the family t4g has the sizes/,
    ],
    ["nodes with a disk", { nodeType: "cache.r6gd.xlarge" }, /"cache.r6gd.xlarge": it keeps part .+ use cache.r7g/],
    ["a name that makes no user id", { name: "Shop_Cache" }, /name is "Shop_Cache"/],
    ["a name too long for a user id", { name: "a".repeat(25) }, /name is "a+": use up to 24/],
    [
      "durability of Redis OSS",
      { durability: "sync", clusterMode: true, nodeType: "cache.m7g.large" },
      /durability is sync with engine redis: only Valkey has it, so set engine: "valkey"/,
    ],
    [
      "durability without cluster mode",
      { ...durable, clusterMode: false },
      /durability is sync without cluster mode, which it needs: set clusterMode/,
    ],
    [
      "durability of a small node",
      { ...durable, nodeType: "cache.t4g.medium" },
      /durability is sync with nodeType "cache.t4g.medium": AWS has it for families such as m7g/,
    ],
    [
      "durability with data on disk",
      { ...durable, nodeType: "cache.r6gd.xlarge" },
      /durability is sync with nodeType "cache.r6gd.xlarge"/,
    ],
    [
      "a group that grows without cluster mode",
      { ...growing, shards: 1, clusterMode: false },
      /autoscaling is on without cluster mode: AWS scales clusters only/,
    ],
    [
      "a group of small nodes that grows",
      { ...growing, nodeType: "cache.t4g.medium" },
      /autoscaling is on with nodeType "cache.t4g.medium": AWS scales the sizes large, xlarge and 2xlarge/,
    ],
    [
      "a group of large nodes that grows",
      { ...growing, nodeType: "cache.r7g.4xlarge" },
      /autoscaling is on with nodeType "cache.r7g.4xlarge"/,
    ],
    [
      "a group that grows up to what it is",
      { ...growing, autoscaling: { ...byCpu, most: 2 } },
      /autoscaling.most is 2: use a whole number above shards \(2\), up to 500/,
    ],
    [
      "more replicas than AWS has",
      { ...growing, autoscaling: { ...byCpu, of: "replicas", most: 6 } },
      /autoscaling.most is 6: use a whole number above replicasPerShard \(1\), up to 5/,
    ],
    [
      "replicas for memory",
      { ...growing, autoscaling: { ...byCpu, of: "replicas", by: "memory" } },
      /autoscaling.by is "memory": replicas all hold the same.+use cpu, or shards/,
    ],
    [
      "a target without room",
      { ...growing, autoscaling: { ...byCpu, percent: 90 } },
      /autoscaling.percent is 90: use 35/,
    ],
    [
      "a role that makes no user id",
      { users: { Catalog: [] } },
      /users has the role "Catalog": use up to 27 lower-case/,
    ],
    ["a role too long for a user id", { users: { ["a".repeat(28)]: [] } }, /users has the role "a+": use up to 27/],
    [
      "more roles than a group may have users",
      { users: Object.fromEntries(Array.from({ length: 99 }, (_, at) => [`role-${at}`, []])) },
      /users has 99 roles: ElastiCache takes 100 users/,
    ],
    ["a snapshot window below an hour", { snapshotWindow: "03:00-03:30" }, /backup window is "03:00-03:30"/],
    ["a maintenance window without days", { maintenanceWindow: "05:00-06:00" }, /maintenance window is "05:00-06:00"/],
    ["windows that overlap", { snapshotWindow: "05:30-06:30" }, /05:30-06:30 .+ sun:05:00-sun:06:00 overlap/],
  ])("%s", (_mistake, change, message) => {
    expect(() => makeCache(change)).toThrow(message);
  });

  it("a network of one zone", () => {
    expect(() => makeCache({}, 1)).toThrow(/isolated subnets lie in .+: use two zones/);
  });

  it("several mistakes at once, naming the construct", () => {
    expect(() => makeCache({ shards: 0, replicasPerShard: 0 })).toThrow(
      /^Test\/Cache: shards is 0.+; replicasPerShard is 0/,
    );
  });
});
