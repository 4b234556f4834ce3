import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { PostgresDatabase } from "./postgres-database";
import { RunbookAlarm } from "./runbook-alarm";

export interface PostgresAlarmsProps {
  readonly database: PostgresDatabase;
  readonly topic: sns.ITopic;
}

/** Watches the disk and the processor of a database. */
export class PostgresAlarms extends Construct {
  constructor(scope: Construct, id: string, { database, topic }: PostgresAlarmsProps) {
    super(scope, id);
    const metric = (metricName: string, statistic: string) =>
      new cloudwatch.Metric({
        namespace: "AWS/RDS",
        metricName,
        dimensionsMap: { DBInstanceIdentifier: database.instanceId },
        statistic,
        period: Duration.minutes(5),
      });

    new RunbookAlarm(this, "FreeStorage", {
      metric: metric("FreeStorageSpace", "Minimum"),
      // Below a tenth AWS enlarges the disk; half of that means that it didn't, or may not any more.
      threshold: 0.05 * database.allocatedGiB * 1024 ** 3,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: 2,
      evaluationPeriods: 2,
      meaning:
        "The disk of PostgreSQL is nearly full (bytes left) and wasn't enlarged: when it is full, the database stops.",
      runbookSection: "postgres-free-storage",
      topic,
    });
    new RunbookAlarm(this, "Cpu", {
      metric: metric("CPUUtilization", "Average"),
      threshold: 80,
      datapointsToAlarm: 3,
      evaluationPeriods: 3,
      meaning:
        "The processor of PostgreSQL is busy for a quarter of an hour (percent): what the cache can't answer is slow.",
      runbookSection: "postgres-cpu",
      topic,
    });
  }
}
