import { synthesizedStages } from "./support/synthesized-stage";
import { listOf, type Json } from "./support/json";

/** The statement of a key or topic policy that admits a service. */
const statementFor = (policy: Json, service: RegExp) =>
  listOf(policy.Statement).find((statement) => service.test(String(statement.Principal?.Service)));

const account = { Ref: "AWS::AccountId" };

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  const alarms = synthesized.resources("AWS::CloudWatch::Alarm");
  const paging = synthesized
    .resources("AWS::CloudWatch::CompositeAlarm")
    .filter(({ Properties }) => Properties.AlarmActions !== undefined);
  const logGroups = synthesized.resources("AWS::Logs::LogGroup");

  it("lets every alarm through its topic and the topic's key", () => {
    for (const alarm of [...alarms, ...paging]) {
      const topics = listOf(alarm.Properties.AlarmActions).map((action) => synthesized.behind(action, alarm.stack));
      const [topic, ...others] = topics;
      if (topic?.Type !== "AWS::SNS::Topic" || others.length > 0) throw new Error(`${alarm.id} has no topic`);
      const topicPolicy = synthesized
        .resources("AWS::SNS::TopicPolicy")
        .find((policy) =>
          listOf(policy.Properties.Topics).some((of) => synthesized.behind(of, policy.stack).id === topic.id),
        );
      expect(statementFor(topicPolicy?.Properties.PolicyDocument, /^cloudwatch\./)).toMatchObject({
        Effect: "Allow",
        Action: "sns:Publish",
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      });

      const key = synthesized.behind(topic.Properties.KmsMasterKeyId, topic.stack);
      expect(statementFor(key.Properties.KeyPolicy, /^cloudwatch\./)).toMatchObject({
        Effect: "Allow",
        Action: expect.arrayContaining(["kms:Decrypt", "kms:GenerateDataKey*"]),
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      });
    }
    expect(alarms.length).toBeGreaterThan(0);
  });

  it("keeps every log for a time, under a key that admits the log service of the region for this account", () => {
    for (const group of logGroups) {
      expect(group.Properties.RetentionInDays).toBe(synthesized.config.logRetention);
      const key = synthesized.behind(group.Properties.KmsKeyId, group.stack);
      const statement = statementFor(key.Properties.KeyPolicy, /^logs\./);
      expect(statement.Principal.Service).toBe(`logs.${synthesized.config.region}.amazonaws.com`);
      expect(JSON.stringify(statement.Condition)).toContain("kms:EncryptionContext:aws:logs:arn");
    }
    // Flow log, ten functions and in prod the check of releases, access log, two of PostgreSQL and two of each Redis group.
    expect(logGroups).toHaveLength(synthesized.config.state === "cache" ? 16 : 19);
  });

  it("names logs that AWS delivers by its one policy so that they take one line of it, and that an old stack's don't stand in the way", () => {
    const delivered = [
      ...synthesized
        .resources("AWS::ApiGatewayV2::Stage")
        .map((of) => [of, of.Properties.AccessLogSettings.DestinationArn]),
      ...synthesized
        .resources("AWS::ElastiCache::ReplicationGroup")
        .flatMap((of) =>
          listOf(of.Properties.LogDeliveryConfigurations).map((log) => [
            of,
            log.DestinationDetails.CloudWatchLogsDetails.LogGroup,
          ]),
        ),
    ];
    for (const [{ stack }, to] of delivered) {
      const name = JSON.stringify(synthesized.behind(to, stack).Properties.LogGroupName);
      expect(name).toContain(`/aws/vendedlogs/larder-${synthesized.config.name}-`);
      expect(name).toContain("AWS::StackId");
    }
    expect(delivered).toHaveLength(synthesized.config.state === "cache" ? 3 : 5);
  });

  it("says in every alarm what is wrong and where the remedy is written", () => {
    for (const { Properties } of alarms) {
      expect(Properties.AlarmDescription).toMatch(/^[A-Z].+ What to do: docs\/runbook\.md#[a-z-]+$/);
      const alarmsAtSilence = String(Properties.AlarmDescription).endsWith("#function-silence");
      expect(Properties.TreatMissingData).toBe(alarmsAtSilence ? "breaching" : "notBreaching");
    }
  });

  it("encrypts every store with the stage's key", () => {
    for (const { Properties, stack } of synthesized.resources("AWS::ElastiCache::ReplicationGroup")) {
      expect(synthesized.behind(Properties.KmsKeyId, stack).Type).toBe("AWS::KMS::Key");
      expect(Properties).toMatchObject({ TransitEncryptionMode: "required", AtRestEncryptionEnabled: true });
    }
    for (const { Properties, stack } of synthesized.resources("AWS::RDS::DBInstance")) {
      expect(synthesized.behind(Properties.KmsKeyId, stack).Type).toBe("AWS::KMS::Key");
      expect(synthesized.behind(Properties.MasterUserSecret.KmsKeyId, stack).Type).toBe("AWS::KMS::Key");
    }
  });
});
