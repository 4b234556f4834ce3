import { unknownMetrics } from "./support/known-metrics";
import { listOf } from "./support/json";
import { synthesizedStages } from "./support/synthesized-stage";
import { metricsOfAlarm } from "./support/watched-metrics";

describe.each(synthesizedStages)("stage $name", ({ name, synthesized }) => {
  const alarms = synthesized.resources("AWS::CloudWatch::Alarm");

  it("watches nothing but metrics that exist, under the dimensions that they have", () => {
    const watched = alarms.flatMap(({ Properties }) => metricsOfAlarm(Properties));
    expect(unknownMetrics(watched, `Larder/${name}`)).toEqual([]);
    expect(watched.length).toBeGreaterThanOrEqual(alarms.length);
  });

  it("combines no more metrics in an alarm than CloudWatch does, all over the same time", () => {
    for (const { Properties } of alarms.filter((alarm) => alarm.Properties.Metrics !== undefined)) {
      const combined = listOf(Properties.Metrics).filter(({ MetricStat }) => MetricStat !== undefined);
      expect(combined.length).toBeLessThanOrEqual(10);
      expect(new Set(combined.map(({ MetricStat }) => MetricStat.Period)).size).toBeLessThanOrEqual(1);
      expect(listOf(Properties.Metrics).filter(({ ReturnData }) => ReturnData !== false)).toHaveLength(1);
    }
  });

  it("searches in no alarm, which CloudWatch would refuse", () => {
    expect(JSON.stringify(alarms)).not.toContain("SEARCH(");
  });

  it("tells when Lambda has no room for any function that callers wait for", () => {
    const functionsBehind = (metric: string): string[] =>
      alarms
        .flatMap(({ Properties }) => [
          Properties,
          ...listOf(Properties.Metrics).map(({ MetricStat }) => MetricStat?.Metric),
        ])
        .filter((watched) => watched?.MetricName === metric)
        .map((watched) => synthesized.behind(watched.Dimensions[0].Value, "api").Properties.Description);
    const awaited = new Set(
      functionsBehind("Errors").filter((fn) => !/^Larder: (migrate|worker|release-check)$/.test(fn)),
    );
    expect(functionsBehind("Throttles").sort()).toEqual([...awaited].sort());
    expect(awaited.size).toBeGreaterThan(5);
  });
});

describe("a list of metrics", () => {
  it.each([
    ["a name with a slip", { namespace: "AWS/RDS", dimensions: ["DBInstanceIdentifier"], names: ["CPUUtilisation"] }],
    [
      "a node without its number",
      { namespace: "AWS/ElastiCache", dimensions: ["CacheClusterId"], names: ["Evictions"] },
    ],
    [
      "a lock by its collection",
      { namespace: "Larder/x", dimensions: ["collection", "service"], names: ["LocksLost"] },
    ],
    ["another stage", { namespace: "Larder/y", dimensions: ["lock", "service"], names: ["LocksLost"] }],
  ])("is found to hold %s", (_what, metric) => {
    expect(unknownMetrics([metric], "Larder/x")).toHaveLength(1);
  });
});
