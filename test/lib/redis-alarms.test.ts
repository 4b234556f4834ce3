import { Template } from "aws-cdk-lib/assertions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { RedisAlarms, type RedisAlarmsProps } from "../../lib/constructs/redis-alarms";
import { RedisCache, type RedisCacheProps } from "../../lib/constructs/redis-cache";
import { listOf, type Json } from "./support/json";
import { testStack } from "./support/test-app";

type Change = Partial<RedisCacheProps> & Pick<Partial<RedisAlarmsProps>, "earlyWarnings">;

function alarmsOf({ earlyWarnings = true, ...change }: Change): Json[] {
  const { stack, shared } = testStack();
  const nodeType = change.nodeType ?? "cache.t4g.small";
  const cache = new RedisCache(stack, "Cache", {
    ...shared,
    name: "shop-cache",
    keyPrefix: "shop",
    maxmemoryPolicy: "noeviction",
    ...change,
    nodeType,
  });
  new RedisAlarms(stack, "Alarms", { cache, nodeType, earlyWarnings, topic: new Topic(stack, "Topic") });
  return Object.values(Template.fromStack(stack).findResources("AWS::CloudWatch::Alarm")).map(
    ({ Properties }) => Properties,
  );
}

/** The metrics of an alarm: its own, or those it combines. */
const metricsOf = (alarm: Json): Json[] =>
  alarm.MetricName === undefined
    ? listOf(alarm.Metrics).flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]))
    : [alarm];

/** The ends of the names of the nodes that are watched by a metric. */
const alarmedNodes = (change: Change, metric: string): string[] =>
  alarmsOf(change)
    .flatMap(metricsOf)
    .filter(({ MetricName }) => MetricName === metric)
    .map(({ Dimensions }) => listOf(Dimensions[0].Value["Fn::Join"][1]).at(-1))
    .sort();

describe("alarms of a Redis cache", () => {
  // Of a metric by itself, of a sum, and of the higher of two.
  it.each(["EngineCPUUtilization", "IamAuthenticationThrottling", "SuccessfulWriteRequestLatency"])(
    "watch each node by %s, under the name it has without cluster mode and with it",
    (metric) => {
      expect(alarmedNodes({ replicasPerShard: 2 }, metric)).toEqual(["-001", "-002", "-003"]);
      expect(alarmedNodes({ shards: 2 }, metric)).toEqual(["-0001-001", "-0001-002", "-0002-001", "-0002-002"]);
      expect(alarmedNodes({ clusterMode: true }, metric)).toEqual(["-0001-001", "-0001-002"]);
    },
  );

  it("name the one node of each cache cluster: some metrics exist under no other dimensions", () => {
    for (const { Dimensions } of alarmsOf({}).flatMap(metricsOf))
      expect(Dimensions).toEqual([
        { Name: "CacheClusterId", Value: expect.anything() },
        { Name: "CacheNodeId", Value: "0001" },
      ]);
  });

  it("watch the memory of a store that refuses writes when full, and the evictions of one that evicts", () => {
    expect(alarmedNodes({}, "DatabaseMemoryUsagePercentage")).toHaveLength(2);
    expect(alarmedNodes({}, "Evictions")).toHaveLength(0);
    expect(alarmedNodes({ maxmemoryPolicy: "allkeys-lru" }, "DatabaseMemoryUsagePercentage")).toHaveLength(0);
    expect(alarmedNodes({ maxmemoryPolicy: "allkeys-lru" }, "Evictions")).toHaveLength(2);
  });

  it("watch all processors where they are two, of which one is the engine's", () => {
    expect(alarmedNodes({ nodeType: "cache.r7g.large" }, "CPUUtilization")).toHaveLength(2);
    expect(alarmedNodes({ nodeType: "cache.r7g.xlarge" }, "CPUUtilization")).toHaveLength(0);
  });

  it("tell of refused sign-ins and commands once a node, from the first on", () => {
    const [alarm, ...ofOtherNode] = alarmsOf({}).filter(({ AlarmDescription }) =>
      /refused a sign-in/.test(AlarmDescription),
    );
    expect(ofOtherNode).toHaveLength(1);
    expect(alarm).toMatchObject({ Threshold: 1, DatapointsToAlarm: 1, TreatMissingData: "notBreaching" });
    expect(metricsOf(alarm).map(({ MetricName }) => MetricName)).toEqual([
      "AuthenticationFailures",
      "CommandAuthorizationFailures",
      "KeyAuthorizationFailures",
      "ChannelAuthorizationFailures",
      "IamAuthenticationThrottling",
    ]);
  });

  it("are three a node without early warnings, and eleven with them", () => {
    expect(alarmsOf({ earlyWarnings: false })).toHaveLength(2 * 3);
    expect(alarmsOf({ earlyWarnings: true })).toHaveLength(2 * 11);
  });
});
