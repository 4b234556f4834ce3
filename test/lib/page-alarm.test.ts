import { Alarm, Metric, type IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { stages } from "../../lib/config";
import { PageAlarm } from "../../lib/constructs/page-alarm";
import { listOf, type Json } from "./support/json";
import { SynthesizedStage, synthesizedStages, type Resource } from "./support/synthesized-stage";
import { testStack } from "./support/test-app";

const ruleParts = (alarm: Resource): Json[] => listOf(alarm.Properties.AlarmRule["Fn::Join"][1]);

describe.each(synthesizedStages)("stage $name", ({ name, synthesized }) => {
  const composites = synthesized.resources("AWS::CloudWatch::CompositeAlarm");
  const inStack = (stack: string) => composites.find((alarm) => alarm.stack === stack)!;
  const childrenOf = (alarm: Resource) =>
    ruleParts(alarm)
      .filter((part) => typeof part !== "string")
      .map((reference) => synthesized.behind(reference, alarm.stack));
  const sectionsBehind = (stack: string) =>
    new Set(childrenOf(inStack(stack)).map(({ Properties }) => String(Properties.AlarmDescription).split("#")[1]));

  it("has one alarm to be woken by, which looks at one of the stores and one of the API", () => {
    expect(composites.map(({ stack }) => stack).sort()).toEqual(["api", "data", "operations"]);
    expect(childrenOf(inStack("operations")).map(({ id, stack }) => ({ id, stack }))).toEqual([
      { id: inStack("data").id, stack: "data" },
      { id: inStack("api").id, stack: "api" },
    ]);
    expect(inStack("operations").Properties.AlarmName).toBe(`larder-${name}-operations-page`);
  });

  it("tells when that begins and when it ends, and nobody of the two below", () => {
    for (const actions of ["AlarmActions", "OKActions"]) {
      const [topic, ...others] = listOf(inStack("operations").Properties[actions]);
      expect(synthesized.behind(topic, "operations").Type).toBe("AWS::SNS::Topic");
      expect(others).toEqual([]);
      for (const stack of ["data", "api"]) expect(inStack(stack).Properties).not.toHaveProperty(actions);
    }
  });

  it("wakes somebody for what fails callers and can be helped, and for nothing else", () => {
    expect(sectionsBehind("data")).toEqual(
      new Set(["redis-engine-cpu", "redis-memory", "postgres-free-storage", "postgres-connections"]),
    );
    expect(sectionsBehind("api")).toEqual(new Set(["api-server-errors", "function-silence", "queue-age"]));
  });

  it("keeps to what CloudWatch takes: 100 alarms and a rule of 10,240 characters", () => {
    for (const composite of composites) {
      const children = childrenOf(composite);
      expect(children.length).toBeLessThanOrEqual(100);
      const longestName = (child: Resource) =>
        child.Properties.AlarmName ?? `larder-${name}-${child.stack}-${child.id}-${"x".repeat(12)}`;
      const resolved = ruleParts(composite).map((part) => (typeof part === "string" ? part : ""));
      const arns = children.map((child) => `arn:aws:cloudwatch:us-east-2:123456789012:alarm:${longestName(child)}`);
      expect([...resolved, ...arns].join("").length).toBeLessThanOrEqual(10_240);
    }
  });

  it("exports one alarm of each stack, so that every other one can be removed", () => {
    const exported = (["data", "api"] as const).flatMap((stack) =>
      Object.values<Json>(synthesized.templates[stack].toJSON().Outputs)
        .filter((output) => output.Export !== undefined)
        .map(({ Value }) => Value["Fn::GetAtt"]?.[0] ?? Value.Ref)
        .filter((id) => /Alarm/.test(id)),
    );
    expect(exported.sort()).toEqual([inStack("data").id, inStack("api").id].sort());
  });
});

describe("an alarm of alarms", () => {
  const ofAlarms = (count: number) => () => {
    const { stack } = testStack();
    const metric = new Metric({ namespace: "Test", metricName: "Tests" });
    const alarms: IAlarm[] = Array.from(
      { length: count },
      (_, index) => new Alarm(stack, `Alarm${index}`, { metric, threshold: 1, evaluationPeriods: 1 }),
    );
    return new PageAlarm(stack, "Page", { name: "page", alarms, meaning: "Something." });
  };

  it("refuses none of them", () => {
    expect(ofAlarms(0)).toThrow("alarms has 0: use at least 1");
  });

  it("takes 75", () => {
    expect(ofAlarms(75)).not.toThrow();
  });

  it("looks at more than a rule has room for by alarms between, each at no more than that: a cluster of 50 shards", () => {
    const prod = stages.find(({ name }) => name === "prod")!;
    const config = { ...prod, cache: { ...prod.cache, shards: 50 }, earlyWarnings: false };
    const synthesized = new SynthesizedStage(config);
    const resources = synthesized.resources().filter(({ stack }) => stack === "data");
    const byId = new Map(resources.map((resource) => [resource.id, resource]));
    const childrenOf = (alarm: Resource) =>
      ruleParts(alarm).flatMap((part) => (typeof part === "string" ? [] : [byId.get(part["Fn::GetAtt"][0])!]));
    const nameOf = ({ id, Properties }: Resource) => Properties.AlarmName ?? `larder-prod-data-${id}-${"x".repeat(12)}`;
    const composites = resources.filter(({ Type }) => Type === "AWS::CloudWatch::CompositeAlarm");
    for (const composite of composites) {
      const texts = ruleParts(composite).filter((part) => typeof part === "string");
      const arns = childrenOf(composite).map(
        (child) => `arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:${nameOf(child)}`,
      );
      expect([...texts, ...arns].join("").length).toBeLessThanOrEqual(10_240);
    }
    const [top] = composites.filter(({ Properties }) => Properties.AlarmName === "larder-prod-data-page");
    const watched = childrenOf(top!).flatMap(childrenOf);
    const engines = resources.filter(({ id, Type }) => Type === "AWS::CloudWatch::Alarm" && id.includes("EngineCpu"));
    expect(engines).toHaveLength(103);
    expect(watched).toEqual(expect.arrayContaining(engines));
  });
});
