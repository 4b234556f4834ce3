import { stages } from "../../lib/config";
import { listOf, type Json } from "./support/json";
import { SynthesizedStage, synthesizedStages, type Resource } from "./support/synthesized-stage";

const [{ synthesized: dev }, { synthesized: prod }] = synthesizedStages as [
  (typeof synthesizedStages)[0],
  (typeof synthesizedStages)[0],
];
const releasedNames = ["catalog", "checkout"];
const resourcesOf = (type: string): Resource[] => prod.resources(type);
const aliases = resourcesOf("AWS::Lambda::Alias");
const functionNamed = (name: string): Resource =>
  resourcesOf("AWS::Lambda::Function").find(({ Properties }) => Properties.Description === `Larder: ${name}`)!;
const aliasOf = (name: string): Resource =>
  aliases.find((alias) => prod.functionBehind({ Ref: alias.id }, "api").id === functionNamed(name).id)!;
const updateOf = (alias: Resource): Json => (alias as Json).UpdatePolicy.CodeDeployLambdaAliasUpdate;
const groupOf = (name: string): Resource => prod.behind(updateOf(aliasOf(name)).DeploymentGroupName, "api");
const alarmsOf = (name: string): Resource[] =>
  listOf(groupOf(name).Properties.AlarmConfiguration.Alarms).map(({ Name }) => prod.behind(Name, "api"));
const hook = functionNamed("release-check");
const statementsOf = (fn: Resource): Json[] => {
  const role = fn.Properties.Role["Fn::GetAtt"][0];
  return resourcesOf("AWS::IAM::Policy")
    .filter(({ Properties }) => listOf(Properties.Roles).some(({ Ref }) => Ref === role))
    .flatMap(({ Properties }) => listOf(Properties.PolicyDocument.Statement));
};

describe("a stage that releases at once", () => {
  it("has neither aliases nor CodeDeploy, and no check", () => {
    expect(dev.config.release).toBe("at-once");
    const types = new Set(dev.resources().map(({ Type }) => Type));
    for (const type of ["AWS::Lambda::Alias", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"])
      expect(types).not.toContain(type);
    expect(JSON.stringify(dev.templates.api.toJSON())).not.toContain("release-check");
  });

  it("is what prod becomes by one line", () => {
    const { release } = stages[1]!;
    expect(release).toBe("canary");
    const atOnce = new SynthesizedStage({ ...prod.config, release: "at-once" });
    expect(atOnce.resources("AWS::Lambda::Alias")).toEqual([]);
    // What holds data stays what it is.
    for (const type of ["AWS::Logs::LogGroup", "AWS::Lambda::Function"])
      expect(prod.resources(type).map(({ id }) => id)).toEqual(
        expect.arrayContaining(atOnce.resources(type).map(({ id }) => id)),
      );
  });
});

describe("a stage that releases by canary", () => {
  it("has an alias `live` of catalog and of checkout, and of no other function", () => {
    expect(aliases).toHaveLength(releasedNames.length);
    for (const name of releasedNames) {
      expect(aliasOf(name).Properties).toMatchObject({ Name: "live" });
      const version = prod.behind(aliasOf(name).Properties.FunctionVersion, "api");
      expect(version.Type).toBe("AWS::Lambda::Version");
      expect(prod.behind(version.Properties.FunctionName, "api").id).toBe(functionNamed(name).id);
    }
  });

  it("has API Gateway call the alias only, and lets it", () => {
    for (const name of releasedNames) {
      const refersTo =
        (id: string) =>
        ({ Properties }: Resource) =>
          JSON.stringify(Properties.IntegrationUri ?? Properties.FunctionName).includes(`"${id}"`);
      for (const type of ["AWS::ApiGatewayV2::Integration", "AWS::Lambda::Permission"]) {
        expect(resourcesOf(type).filter(refersTo(aliasOf(name).id)).length).toBeGreaterThan(0);
        expect(resourcesOf(type).filter(refersTo(functionNamed(name).id))).toEqual([]);
      }
    }
  });

  it("keeps the room of a function with the function, for both of its versions together", () => {
    for (const name of releasedNames) {
      expect(functionNamed(name).Properties.ReservedConcurrentExecutions).toBe(prod.config.environmentsPerFunction);
      expect(aliasOf(name).Properties).not.toHaveProperty("ProvisionedConcurrencyConfig");
    }
  });

  it.each(releasedNames)("gives a new version of %s to a tenth first, and takes it back when it fails", (name) => {
    expect(groupOf(name).Properties).toMatchObject({
      DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
      AlarmConfiguration: { Enabled: true, IgnorePollAlarmFailure: false },
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"],
      },
    });
    expect(groupOf("catalog").id).not.toBe(groupOf("checkout").id);
  });

  it.each(releasedNames)("judges %s by the share that fails and by the slowest, both of enough requests", (name) => {
    const [errors, latency, ...others] = alarmsOf(name);
    expect(others).toEqual([]);
    for (const alarm of [errors!, latency!]) {
      expect(alarm.Properties).toMatchObject({ TreatMissingData: "notBreaching", EvaluationPeriods: 1 });
      expect(listOf(alarm.Properties.AlarmActions)).toHaveLength(1);
      expect(alarm.Properties.AlarmDescription).toMatch(/docs\/runbook\.md#release-rolled-back$/);
      const ofAws = listOf(alarm.Properties.Metrics)
        .map(({ MetricStat }) => MetricStat?.Metric)
        .filter((metric) => metric?.Namespace === "AWS/Lambda");
      for (const metric of ofAws)
        expect(metric.Dimensions).toEqual([
          { Name: "FunctionName", Value: { Ref: functionNamed(name).id } },
          { Name: "Resource", Value: { "Fn::Join": ["", [{ Ref: functionNamed(name).id }, ":live"]] } },
        ]);
      expect(ofAws.length).toBeGreaterThan(1);
    }
    const expressionsOf = (alarm: Resource) =>
      listOf(alarm.Properties.Metrics).flatMap(({ Expression }) => Expression ?? []);
    expect(expressionsOf(errors!)).toContain("IF(requests >= 30 AND failed >= 3, 100 * failed / requests, 0)");
    expect(expressionsOf(latency!)).toEqual(["IF(requests >= 100, slowest, 0)"]);
    // What an endpoint throws is answered 500, and no error to Lambda.
    expect(JSON.stringify(errors!.Properties.Metrics)).toContain('"ServerErrors"');
    expect(JSON.stringify(errors!.Properties.Metrics)).toContain(`"larder-${name}"`);
  });

  it("makes alarms, role and check before it changes an alias", () => {
    for (const name of releasedNames) {
      const role = prod.behind(groupOf(name).Properties.ServiceRoleArn, "api").id;
      expect(updateOf(aliasOf(name)).BeforeAllowTrafficHook).toEqual({ Ref: hook.id });
      expect(aliasOf(name).DependsOn).toEqual(expect.arrayContaining([groupOf(name).id, role]));
      const rules = resourcesOf("AWS::EC2::SecurityGroupEgress").filter(({ id }) =>
        id.startsWith(`${name[0]!.toUpperCase()}${name.slice(1)}SecurityGroup`),
      );
      expect(aliasOf(name).DependsOn).toEqual(expect.arrayContaining(rules.map(({ id }) => id)));
      expect(rules.length).toBeGreaterThan(1);
    }
  });

  describe("the check before it", () => {
    it("is told the new versions of both", () => {
      const [delimiter, parts] = hook.Properties.Environment.Variables.CHECKED_VERSIONS["Fn::Join"];
      const versions = listOf(parts).filter((part) => typeof part !== "string");
      expect(delimiter).toBe("");
      expect(versions).toEqual(
        releasedNames.map((name) => ({ Ref: aliasOf(name).Properties.FunctionVersion["Fn::GetAtt"][0] })),
      );
    });

    it("may call versions of those two and report on their deployments, and nothing else", () => {
      const granted = statementsOf(hook).filter(({ Action }) => !/^(logs|xray):/.test(String(listOf(Action)[0])));
      expect(granted.map(({ Action }) => Action).sort()).toEqual([
        "codedeploy:PutLifecycleEventHookExecutionStatus",
        "lambda:InvokeFunction",
      ]);
      const resourcesFor = (action: string) => listOf(granted.find(({ Action }) => Action === action).Resource);
      expect(resourcesFor("lambda:InvokeFunction")).toEqual(
        releasedNames.map((name) => ({
          "Fn::Join": ["", [{ "Fn::GetAtt": [functionNamed(name).id, "Arn"] }, ":*"]],
        })),
      );
      const groups = resourcesFor("codedeploy:PutLifecycleEventHookExecutionStatus").map((arn) => JSON.stringify(arn));
      expect(groups).toHaveLength(2);
      for (const name of releasedNames)
        expect(groups.filter((arn) => arn.includes(`"Ref":"${groupOf(name).id}"`))).toHaveLength(1);
    });

    it("has time for three answers of the slowest function, and for its report", () => {
      const slowest = Math.max(...releasedNames.map((name) => functionNamed(name).Properties.Timeout));
      expect(hook.Properties.Timeout).toBeGreaterThan(3 * Math.max(slowest, 30) + 2 * 2 + 20);
    });
  });
});
