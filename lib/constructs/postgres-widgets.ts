import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { graph } from "./graph";
import { hasCpuCredits, postgresMetric } from "./postgres-metrics";

export interface PostgresWidgetsProps {
  readonly instanceId: string;
  /** Without `db.`. */
  readonly instanceClass: string;
}

/** How a database is. */
export function postgresWidgets({ instanceId, instanceClass }: PostgresWidgetsProps): cloudwatch.IWidget[] {
  const of = (title: string, statistic: string, ...names: string[]) =>
    graph(`PostgreSQL: ${title}`, {
      left: names.map((name) => postgresMetric(instanceId, name, statistic).with({ label: name })),
    });
  return [
    of("processor (percent)", "Average", "CPUUtilization"),
    of("connections", "Maximum", "DatabaseConnections"),
    of("storage left (bytes)", "Minimum", "FreeStorageSpace"),
    of("memory left (bytes)", "Minimum", "FreeableMemory"),
    of("time of a disk access (s)", "Average", "ReadLatency", "WriteLatency"),
    of("disk accesses that wait", "Average", "DiskQueueDepth"),
    of("IAM sign-ins", "Sum", "IamDbAuthConnectionSuccess", "IamDbAuthConnectionFailure"),
    of("transaction ids used", "Maximum", "MaximumUsedTransactionIDs"),
    ...(hasCpuCredits(instanceClass)
      ? [of("processor credits", "Maximum", "CPUCreditBalance", "CPUSurplusCreditBalance", "CPUSurplusCreditsCharged")]
      : []),
  ];
}
