import { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as ecr from "aws-cdk-lib/aws-ecr";
import { stages } from "../../lib/config";
import { EcsServiceStack } from "../../lib/examples/ecs-service-stack";
import { LarderStage } from "../../lib/larder-stage";
import { normalisedTemplate } from "./support/normalised-template";
import { type Json, listOf } from "./support/json";
import { testApp } from "./support/test-app";

describe("the example of a service on ECS beside a stage", () => {
  const [config] = stages;
  const stage = new LarderStage(testApp(), "dev", { config: config!, env: { region: config!.region } });
  const { vpc, encryptionKey } = stage.network;
  const images = new Stack(stage, "images");
  const service = new EcsServiceStack(stage, "service", {
    stackName: "service",
    vpc,
    encryptionKey,
    repository: new ecr.Repository(images, "Repository"),
    imageTag: "1",
    cache: stage.data.cache,
  });
  const template = Template.fromStack(service);

  it("is deployed as reviewed", () => {
    expect(normalisedTemplate(template.toJSON())).toMatchSnapshot();
  });

  it("may sign in to the group and as the user for any client, by the role of its tasks", () => {
    const policies = Object.values<Json>(template.findResources("AWS::IAM::Policy"));
    const [policy, ...others] = policies.filter(({ Properties }) => JSON.stringify(Properties).includes(":Connect"));
    expect(others).toEqual([]);
    const [task] = Object.values<Json>(template.findResources("AWS::ECS::TaskDefinition"));
    expect(task.Properties.TaskRoleArn["Fn::GetAtt"][0]).toBe(policy.Properties.Roles[0].Ref);
    const [statement] = listOf(policy.Properties.PolicyDocument.Statement);
    expect(listOf(statement.Resource).map((arn) => JSON.stringify(arn))).toEqual([
      expect.stringContaining(":replicationgroup:"),
      expect.stringMatching(/:user:.+UsersApp/),
    ]);
  });

  it("reaches the cache, and the cache's stack knows nothing of it", () => {
    template.hasResourceProperties("AWS::EC2::SecurityGroupIngress", { FromPort: 6379 });
    template.hasResourceProperties("AWS::EC2::SecurityGroupEgress", { FromPort: 6379 });
    expect(service.dependencies).toEqual(expect.arrayContaining([stage.data, stage.network]));
    expect(stage.data.dependencies).toEqual([stage.network]);
  });

  it("describes its security groups in letters that EC2 takes", () => {
    for (const { Properties } of Object.values<Json>(template.findResources("AWS::EC2::SecurityGroup")))
      expect(Properties.GroupDescription).toMatch(/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/);
  });

  it("isn't deployed by any stage", () => {
    expect(stages.map(({ name }) => name)).toEqual(["dev", "prod"]);
    const deployed = new LarderStage(testApp(), "dev", { config: config!, env: { region: config!.region } });
    expect(deployed.node.children.map(({ node }) => node.id)).toEqual(["network", "data", "api", "operations"]);
  });
});
