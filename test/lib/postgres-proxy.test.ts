import type { Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { type StageConfig, stages } from "../../lib/config";
import { LarderStage } from "../../lib/larder-stage";
import { databaseFunctions } from "../../lambdas/contract/functions";
import { type Json, listOf } from "./support/json";
import { normalisedTemplate } from "./support/normalised-template";
import { testApp } from "./support/test-app";

describe("a stage with a proxy before its database", () => {
  const [dev] = stages as [StageConfig];
  const config = { ...dev, database: { ...dev.database, proxy: true } };
  const stage = new LarderStage(testApp(), "dev", { config, env: { region: config.region } });
  const [data, api] = [stage.data, stage.api].map((stack: Stack) => Template.fromStack(stack)) as [Template, Template];
  const functions = Object.values<Json>(api.findResources("AWS::Lambda::Function"));
  const named = (name: string): Json =>
    functions.find(({ Properties }) => Properties.Description === `Larder: ${name}`).Properties;
  const isProxys = (value: Json) => JSON.stringify(value).includes("DatabaseProxy");

  it("is deployed as reviewed", () => {
    const ofProxy = Object.entries<Json>(data.toJSON().Resources).filter(([id]) => id.startsWith("DatabaseProxy"));
    expect(normalisedTemplate(Object.fromEntries(ofProxy))).toMatchSnapshot();
  });

  it("signs in by IAM from end to end, over TLS, and holds no secret", () => {
    data.hasResourceProperties("AWS::RDS::DBProxy", {
      DefaultAuthScheme: "IAM_AUTH",
      RequireTLS: true,
      Auth: Match.absent(),
    });
    const [policy] = Object.values<Json>(data.findResources("AWS::IAM::Policy")).filter(({ Properties }) =>
      isProxys(Properties.Roles),
    );
    const [statement] = listOf(policy.Properties.PolicyDocument.Statement);
    expect(statement.Action).toBe("rds-db:connect");
    expect(JSON.stringify(statement.Resource)).toMatch(/DatabaseInstance.+DbiResourceId.+\/larder_app"/);
  });

  it("goes with its log, whose name would be taken when the setting is switched on again, also where data are kept", () => {
    const prod = stages.find(({ keepData }) => keepData)!;
    const kept = { ...prod, database: { ...prod.database, proxy: true } };
    const { data: stack } = new LarderStage(testApp(), "prod", { config: kept, env: { region: prod.region } });
    const named = Object.entries<Json>(Template.fromStack(stack).findResources("AWS::Logs::LogGroup")).filter(([id]) =>
      id.startsWith("DatabaseProxy"),
    );
    expect(named.map(([, log]) => [log.DeletionPolicy, log.UpdateReplacePolicy])).toEqual([["Delete", "Delete"]]);
  });

  it("leaves a fifth of the connections to migrations and people", () => {
    data.hasResourceProperties("AWS::RDS::DBProxyTargetGroup", {
      ConnectionPoolConfigurationInfo: { MaxConnectionsPercent: 80, ConnectionBorrowTimeout: 2 },
    });
  });

  it("lets functions reach the proxy, and not the instance; migrations reach the instance", () => {
    for (const name of [...databaseFunctions, "worker"]) {
      const { DATABASE_HOST, DATABASE_TLS } = named(name).Environment.Variables;
      expect([name, isProxys(DATABASE_HOST), DATABASE_TLS]).toEqual([name, true, "verify-public"]);
    }
    const { DATABASE_HOST, DATABASE_TLS } = named("migrate").Environment.Variables;
    expect([isProxys(DATABASE_HOST), DATABASE_TLS]).toEqual([false, "verify"]);

    const rules = Object.values<Json>(api.findResources("AWS::EC2::SecurityGroupIngress"));
    const toInstance = rules.filter(({ Properties }) => Properties.FromPort === 5432 && !isProxys(Properties.GroupId));
    const toProxy = rules.filter(({ Properties }) => isProxys(Properties.GroupId));
    expect([toInstance.length, toProxy.length]).toEqual([1, databaseFunctions.length + 1]);
    const connects = Object.values<Json>(api.findResources("AWS::IAM::Policy"))
      .flatMap(({ Properties }) => listOf(Properties.PolicyDocument.Statement))
      .filter(({ Action }) => Action === "rds-db:connect");
    expect(connects.map(({ Resource }) => isProxys(Resource))).toEqual(connects.map(() => true));
    expect(connects).toHaveLength(databaseFunctions.length + 1);
  });

  it("lets the proxy out to the instance, and nowhere else", () => {
    // Two rules for one port would fail in the deploy.
    for (const type of ["AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"]) {
      const rules = Object.values<Json>(data.findResources(type)).filter(({ Properties }) => isProxys(Properties));
      expect(rules.map(({ Properties }) => Properties.FromPort["Fn::GetAtt"])).toEqual([
        [expect.stringContaining("DatabaseInstance"), "Endpoint.Port"],
      ]);
    }
  });
});
