import { Template } from "aws-cdk-lib/assertions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { PostgresAlarms } from "../../lib/constructs/postgres-alarms";
import { maxConnectionsOf } from "../../lib/constructs/postgres-connections";
import { PostgresDatabase } from "../../lib/constructs/postgres-database";
import type { Json } from "./support/json";
import { testStack } from "./support/test-app";

function alarmsOf(instanceClass: string): Record<string, Json> {
  const { stack, shared } = testStack();
  const database = new PostgresDatabase(stack, "Database", {
    ...shared,
    databaseName: "shop",
    instanceClass,
    allocatedGiB: 20,
    maxAllocatedGiB: 100,
    multiAz: false,
    deletionProtection: false,
    backupRetentionDays: 1,
  });
  new PostgresAlarms(stack, "Alarms", { database, instanceClass, topic: new Topic(stack, "Topic") });
  const alarms = Object.values(Template.fromStack(stack).findResources("AWS::CloudWatch::Alarm"));
  return Object.fromEntries(
    alarms.map(({ Properties }) => [String(Properties.AlarmDescription).split("#postgres-")[1], Properties]),
  );
}

describe("alarms of a PostgreSQL database", () => {
  it("tell before its connections are used up, and before its memory is, by its class", () => {
    const alarms = alarmsOf("t4g.medium");
    expect(alarms.connections).toMatchObject({
      MetricName: "DatabaseConnections",
      Threshold: Math.floor(0.9 * maxConnectionsOf("t4g.medium")!),
    });
    expect(alarms.memory).toMatchObject({
      MetricName: "FreeableMemory",
      ComparisonOperator: "LessThanOrEqualToThreshold",
      Threshold: 0.05 * 4 * 1024 ** 3,
    });
  });

  it("watch what burstable classes are charged beyond their price, and no credits of others", () => {
    expect(alarmsOf("t4g.micro")["cpu-credits"]).toMatchObject({
      MetricName: "CPUSurplusCreditsCharged",
      Threshold: 1,
    });
    expect(alarmsOf("m7g.large")).not.toHaveProperty("cpu-credits");
  });

  it("leave out what isn't known of a class", () => {
    expect(Object.keys(alarmsOf("x2g.large")).sort()).toEqual([
      "cpu",
      "disk-latency",
      "free-storage",
      "sign-in",
      "transaction-ids",
    ]);
  });
});
