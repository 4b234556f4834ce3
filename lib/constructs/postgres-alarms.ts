import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { highestOf } from "./combined-metrics";
import { maxConnectionsOf, memoryGiBOf } from "./postgres-connections";
import type { PostgresDatabase } from "./postgres-database";
import { hasCpuCredits, postgresMetric } from "./postgres-metrics";
import { RunbookAlarm, type AlarmSettings } from "./runbook-alarm";

export interface PostgresAlarmsProps {
  readonly database: PostgresDatabase;
  /** Of the instance, without `db.`; what isn't known of a class isn't watched. */
  readonly instanceClass: string;
  readonly topic: sns.ITopic;
}

const bytesPerGiB = 1024 ** 3;
const once = { datapointsToAlarm: 1, evaluationPeriods: 1 };
const quarterOfAnHour = { datapointsToAlarm: 3, evaluationPeriods: 3 };
const { LESS_THAN_OR_EQUAL_TO_THRESHOLD } = cloudwatch.ComparisonOperator;

/** Watches a database: what fills up, what is slow, and who isn't let in. */
export class PostgresAlarms extends Construct {
  constructor(scope: Construct, id: string, { database, instanceClass, topic }: PostgresAlarmsProps) {
    super(scope, id);
    const alarms = { ...alarmsOf(database), ...alarmsOfClass(database.instanceId, instanceClass) };
    for (const [name, alarm] of Object.entries(alarms)) new RunbookAlarm(this, name, { ...alarm, topic });
  }
}

function alarmsOf({ instanceId, allocatedGiB }: PostgresDatabase): Record<string, AlarmSettings> {
  return {
    FreeStorage: {
      metric: postgresMetric(instanceId, "FreeStorageSpace", "Minimum"),
      // Below a tenth AWS enlarges the disk; half of that means that it didn't, or may not any more.
      threshold: 0.05 * allocatedGiB * bytesPerGiB,
      comparisonOperator: LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: 2,
      evaluationPeriods: 2,
      meaning:
        "The disk of PostgreSQL is nearly full (bytes left) and wasn't enlarged: when it is full, the database stops.",
      runbookSection: "postgres-free-storage",
      pages: true,
    },
    Cpu: {
      metric: postgresMetric(instanceId, "CPUUtilization", "Average"),
      threshold: 80,
      ...quarterOfAnHour,
      meaning:
        "The processor of PostgreSQL is busy for a quarter of an hour (percent): what the cache can't answer is slow.",
      runbookSection: "postgres-cpu",
    },
    DiskLatency: {
      metric: highestOf(
        ["ReadLatency", "WriteLatency"].map((name) => postgresMetric(instanceId, name, "Average")),
        "slower of reads and writes",
      ),
      threshold: 0.02,
      ...quarterOfAnHour,
      meaning:
        "The disk of PostgreSQL is slow for a quarter of an hour (seconds an access): commits and large reads wait.",
      runbookSection: "postgres-disk-latency",
    },
    TransactionIds: {
      metric: postgresMetric(instanceId, "MaximumUsedTransactionIDs", "Maximum"),
      threshold: 1_000_000_000, // at 2.1 billion PostgreSQL takes no more writes
      ...once,
      meaning:
        "PostgreSQL uses up its transaction ids (ids), since something keeps vacuum from its work: at the end it refuses writes.",
      runbookSection: "postgres-transaction-ids",
    },
    SignIn: {
      metric: postgresMetric(instanceId, "IamDbAuthConnectionFailure", "Sum"),
      threshold: 5,
      ...once,
      meaning:
        "PostgreSQL refused IAM sign-ins (times in 5 minutes): a grant or the role is missing, or tokens aren't taken; what needs the database is answered 503.",
      runbookSection: "postgres-sign-in",
    },
  };
}

/** Those whose thresholds, or being there, depend on the class. */
function alarmsOfClass(instanceId: string, instanceClass: string): Record<string, AlarmSettings> {
  const alarms: Record<string, AlarmSettings> = {};
  const maxConnections = maxConnectionsOf(instanceClass);
  if (maxConnections !== undefined)
    alarms.Connections = {
      metric: postgresMetric(instanceId, "DatabaseConnections", "Maximum", Duration.minutes(1)),
      threshold: Math.floor(0.9 * maxConnections),
      datapointsToAlarm: 3,
      evaluationPeriods: 5,
      meaning: "PostgreSQL has nearly as many connections as it takes (connections): then nobody new is let in.",
      runbookSection: "postgres-connections",
      pages: true,
    };
  const memoryGiB = memoryGiBOf(instanceClass);
  if (memoryGiB !== undefined)
    alarms.Memory = {
      metric: postgresMetric(instanceId, "FreeableMemory", "Minimum"),
      threshold: 0.05 * memoryGiB * bytesPerGiB,
      comparisonOperator: LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      ...quarterOfAnHour,
      meaning: "PostgreSQL has hardly any memory left (bytes): it reads from its disk, and may be restarted.",
      runbookSection: "postgres-memory",
    };
  // The balance alone says little: a new instance has none, and at zero it goes on at full speed, for money.
  if (hasCpuCredits(instanceClass))
    alarms.CpuCredits = {
      metric: postgresMetric(instanceId, "CPUSurplusCreditsCharged", "Maximum", Duration.hours(1)),
      threshold: 1,
      ...once,
      meaning: "PostgreSQL needs more processor than its class includes (credits charged): what is beyond is billed.",
      runbookSection: "postgres-cpu-credits",
    };
  return alarms;
}
