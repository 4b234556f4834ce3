import { workerEnv } from "../../lambdas/contract/functions";
import { stages } from "../../lib/config";
import { SynthesizedStage, synthesizedStages } from "./support/synthesized-stage";
import { listOf, type Json } from "./support/json";

const from = "shop@example.com";

/** What of a stage has to do with mail. */
function mailOf(synthesized: SynthesizedStage) {
  const [worker] = synthesized
    .resources("AWS::Lambda::Function")
    .filter(({ Properties }) => Properties.Description === "Larder: worker");
  const statements = synthesized
    .resources("AWS::IAM::Policy")
    .flatMap(({ Properties }) =>
      listOf(Properties.PolicyDocument.Statement).map((statement) => ({ statement, role: Properties.Roles[0].Ref })),
    )
    .filter(({ statement }) => JSON.stringify(statement).includes("ses:"));
  const endpoints = synthesized
    .resources("AWS::EC2::VPCEndpoint")
    .filter(({ Properties }) => !JSON.stringify(Properties.ServiceName).includes("secretsmanager"));
  return { worker: worker!, variables: worker!.Properties.Environment.Variables, statements, endpoints };
}

describe.each(synthesizedStages)("stage $name, which has no mail configured", ({ synthesized }) => {
  it("has nothing of it", () => {
    const { variables, statements, endpoints } = mailOf(synthesized);
    expect([statements, endpoints]).toEqual([[], []]);
    expect(Object.keys(variables)).not.toContain("MAIL_FROM");
  });
});

describe.each(stages)("stage $name with mail", (config) => {
  const synthesized = new SynthesizedStage({ ...config, mail: { from, endpointZones: 1 } });
  const { worker, variables, statements, endpoints } = mailOf(synthesized);
  const role = worker.Properties.Role["Fn::GetAtt"][0];
  /** ARNs of the stage's own account and region, as far as they say what. */
  const whatOf = (arns: Json): string[] => listOf(arns).map((arn) => listOf(arn["Fn::Join"][1]).at(-1));

  it("tells the worker the address that it sends from", () => {
    expect(variables.MAIL_FROM).toBe(from);
    expect(Object.keys(workerEnv.shape)).toEqual(
      expect.arrayContaining(Object.keys(variables).filter((name) => name.startsWith("MAIL"))),
    );
  });

  it("lets the worker, and no other function, send from that address, and nothing else of SES", () => {
    expect(statements).toEqual([
      {
        role,
        statement: {
          Effect: "Allow",
          Action: "ses:SendEmail",
          Resource: expect.anything(),
          Condition: { StringEquals: { "ses:FromAddress": from } },
        },
      },
    ]);
    expect(whatOf(statements[0]!.statement.Resource)).toEqual([":configuration-set/*", ":identity/*"]);
  });

  it("has an endpoint of SES' API in one zone, which serves the worker alone, under the name that the SDK uses", () => {
    expect(endpoints).toMatchObject([
      {
        Properties: {
          ServiceName: `com.amazonaws.${config.region}.email`,
          PrivateDnsEnabled: true,
          SubnetIds: [expect.anything()],
        },
      },
    ]);
    const [passes, ...others] = endpoints[0]!.Properties.PolicyDocument.Statement;
    expect(others).toEqual([]);
    expect(passes).toMatchObject({
      Effect: "Allow",
      Action: "ses:SendEmail",
      Resource: statements[0]!.statement.Resource,
      Condition: { StringEquals: { "ses:FromAddress": from }, ArnEquals: { "aws:PrincipalArn": expect.anything() } },
    });
    expect(synthesized.behind(passes.Condition.ArnEquals["aws:PrincipalArn"], "api").id).toBe(role);
  });

  it("opens the way there for the worker only", () => {
    const group = endpoints[0]!.Properties.SecurityGroupIds[0]["Fn::GetAtt"][0];
    const ingress = synthesized
      .resources("AWS::EC2::SecurityGroupIngress")
      .filter(({ Properties }) => Properties.GroupId["Fn::GetAtt"]?.[0] === group);
    expect(ingress.map(({ Properties }) => [Properties.FromPort, Properties.SourceSecurityGroupId])).toEqual([
      [443, worker.Properties.VpcConfig.SecurityGroupIds[0]],
    ]);
  });

  it("calls the worker first when that way is there", () => {
    const [schedule] = synthesized.resources("AWS::Scheduler::Schedule");
    expect(schedule?.DependsOn).toContain(endpoints[0]!.id);
  });
});
