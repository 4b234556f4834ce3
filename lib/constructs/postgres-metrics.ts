import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";

/** A metric of one instance. */
export function postgresMetric(
  instanceId: string,
  metricName: string,
  statistic: string,
  period = Duration.minutes(5),
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: "AWS/RDS",
    metricName,
    dimensionsMap: { DBInstanceIdentifier: instanceId },
    statistic,
    period,
  });
}

/** Only burstable classes earn and spend them. */
export function hasCpuCredits(instanceClass: string): boolean {
  return instanceClass.startsWith("t");
}
