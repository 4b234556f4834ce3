import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { cacheMetrics, limitMetrics, lockMetrics } from "../../lambdas/contract/metrics";
import { RunbookAlarm, type AlarmSettings } from "./runbook-alarm";

export interface ToolkitAlarmsProps {
  /** CloudWatch's, in which the functions publish what they count. */
  readonly metricNamespace: string;
  readonly topic: sns.ITopic;
}

/** Watches what the functions count of their Redis, all of them together: one that is added later is in it. */
export class ToolkitAlarms extends Construct {
  constructor(scope: Construct, id: string, { metricNamespace, topic }: ToolkitAlarmsProps) {
    super(scope, id);
    /** The sum over all functions and names of the dimension. An alarm can't search, but can ask so. */
    const total = (metric: string, dimension: "collection" | "limiter" | "lock") =>
      new cloudwatch.MathExpression({
        expression: `SELECT SUM(${metric}) FROM SCHEMA("${metricNamespace}", ${dimension}, service)`,
        usingMetrics: {},
        label: metric,
        period: Duration.minutes(5),
      });
    // A failover makes some; more than that for ten minutes is no failover.
    const lasting = { datapointsToAlarm: 2, evaluationPeriods: 2 };
    const alarms: Record<string, AlarmSettings> = {
      CacheBypassed: {
        metric: total(cacheMetrics.lookups.bypass, "collection"),
        threshold: 100,
        ...lasting,
        meaning:
          "Reads go past the cache, since Redis gives no answer (reads in 5 minutes): they are slower, and PostgreSQL bears them all.",
        runbookSection: "cache-bypassed",
      },
      LimitsUncounted: {
        metric: total(limitMetrics.allowedUncounted, "limiter"),
        threshold: 100,
        ...lasting,
        meaning:
          "Requests pass uncounted, since the Redis of limits gives no answer (requests in 5 minutes): nobody is held back.",
        runbookSection: "limits-uncounted",
      },
      LocksLost: {
        metric: total(lockMetrics.lost, "lock"),
        threshold: 5,
        ...lasting,
        meaning:
          "Locks ended while their work went on (locks in 5 minutes): the work was broken off or its writes refused, and is done again.",
        runbookSection: "locks-lost",
      },
    };
    for (const [name, alarm] of Object.entries(alarms)) new RunbookAlarm(this, name, { ...alarm, topic });
  }
}
