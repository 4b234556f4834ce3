import { synthesizedStages } from "./support/synthesized-stage";
import { listOf } from "./support/json";

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  const [schedule, ...others] = synthesized.resources("AWS::Scheduler::Schedule");
  const [group] = synthesized.resources("AWS::Scheduler::ScheduleGroup");
  const [worker] = synthesized
    .resources("AWS::Lambda::Function")
    .filter(({ Properties }) => Properties.Description === "Larder: worker");
  const arnOfWorker = { "Fn::GetAtt": [worker?.id, "Arn"] };

  it("calls the worker each minute, and nothing else by a schedule", () => {
    expect(others).toEqual([]);
    expect(schedule?.Properties).toMatchObject({
      ScheduleExpression: "rate(1 minute)",
      FlexibleTimeWindow: { Mode: "OFF" },
      GroupName: { Ref: group?.id },
      Target: { Arn: arnOfWorker },
    });
  });

  it("repeats no call that failed or couldn't be made, neither by Scheduler nor by Lambda's own queue", () => {
    expect(schedule?.Properties.Target).toMatchObject({
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
    });
    expect(schedule?.Properties.Target).not.toHaveProperty("DeadLetterConfig");
    const [asynchronous, ...more] = synthesized.resources("AWS::Lambda::EventInvokeConfig");
    expect(more).toEqual([]);
    expect(asynchronous?.Properties).toMatchObject({
      FunctionName: { Ref: worker?.id },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  it("ends a run before the next one begins, or lets so many overlap as it has room for", () => {
    const { Timeout, ReservedConcurrentExecutions: room = 1 } = worker!.Properties;
    expect(Math.ceil(Timeout / 60)).toBeLessThanOrEqual(room);
  });

  it("always has a run at work in prod, and for as long in the next one", () => {
    const seconds = Number(worker?.Properties.Environment.Variables.WORKER_RUN_SECONDS);
    expect(seconds).toBe(synthesized.config.name === "prod" ? 125 : 0);
  });

  it("calls it by a role that only this schedule's group may take, and that may do nothing else", () => {
    const role = synthesized.behind(schedule?.Properties.Target.RoleArn, "api");
    expect(role.Properties).not.toHaveProperty("ManagedPolicyArns");
    expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "scheduler.amazonaws.com" },
        Condition: {
          StringEquals: {
            "aws:SourceAccount": { Ref: "AWS::AccountId" },
            "aws:SourceArn": { "Fn::GetAtt": [group?.id, "Arn"] },
          },
        },
      },
    ]);
    const statements = synthesized
      .resources("AWS::IAM::Policy")
      .filter(({ Properties }) => listOf(Properties.Roles).some(({ Ref }) => Ref === role.id))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements).toEqual([
      {
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: arnOfWorker,
      },
    ]);
  });

  it("begins when the worker's role, and every rule on its way to the stores, is there", () => {
    const securityGroup = worker?.Properties.VpcConfig.SecurityGroupIds[0]["Fn::GetAtt"][0];
    const onItsWay = ["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"]
      .flatMap((type) => synthesized.resources(type))
      .filter((rule) => JSON.stringify(rule.Properties).includes(securityGroup));
    const policies = synthesized
      .resources("AWS::IAM::Policy")
      .filter(({ Properties }) => Properties.Roles[0].Ref === worker?.Properties.Role["Fn::GetAtt"][0]);
    expect(onItsWay).toHaveLength(synthesized.config.state === "cache" ? 4 : 6);
    expect(policies).toHaveLength(1);
    expect(schedule?.DependsOn).toEqual(expect.arrayContaining([...onItsWay, ...policies].map(({ id }) => id)));
  });

  it("leaves nothing behind when the stage is destroyed, whose name would be taken at the next deploy", () => {
    expect(group).not.toHaveProperty("DeletionPolicy");
    expect(group?.Properties).not.toHaveProperty("Name");
  });

  it("tells somebody when the worker fails, and when it hasn't run for five minutes", () => {
    const alarms = synthesized
      .resources("AWS::CloudWatch::Alarm")
      .filter(({ Properties }) => JSON.stringify(Properties.Dimensions ?? []).includes(worker!.id));
    const [silence, failure] = ["Invocations", "Errors"].map((metric) =>
      alarms.find(({ Properties }) => Properties.MetricName === metric),
    );
    expect(alarms).toHaveLength(2);
    expect(silence?.Properties).toMatchObject({
      Namespace: "AWS/Lambda",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 5,
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
      TreatMissingData: "breaching",
    });
    expect(failure?.Properties.TreatMissingData).toBe("notBreaching");
    for (const alarm of [silence, failure]) expect(alarm?.Properties.AlarmActions).toHaveLength(1);
    expect(silence?.DependsOn).toContain(schedule?.id);
  });
});
