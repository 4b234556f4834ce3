import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { queueMetrics } from "../../lambdas/contract/metrics";
import type { QueueName } from "../../lambdas/contract/queues";
import { RunbookAlarm } from "./runbook-alarm";

export interface QueueAlarmsProps {
  readonly queue: QueueName;
  /** Of the function that works at the queue and publishes how it is. */
  readonly metricNamespace: string;
  readonly service: string;
  /** What is noticed when its jobs aren't done; becomes the text of the alarms. */
  readonly impact: string;
  readonly topic: sns.ITopic;
}

/** Watches whether the jobs of a queue are done, and soon. That nobody works at it is told by the schedule's alarm. */
export class QueueAlarms extends Construct {
  constructor(scope: Construct, id: string, { queue, metricNamespace, service, impact, topic }: QueueAlarmsProps) {
    super(scope, id);
    const metric = (metricName: string, statistic: string) =>
      new cloudwatch.Metric({
        namespace: metricNamespace,
        metricName,
        dimensionsMap: { service, queue },
        statistic,
        period: Duration.minutes(5),
      });
    new RunbookAlarm(this, "Dead", {
      metric: metric(queueMetrics.dead, "Sum"),
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      meaning: `Jobs of the queue ${queue} were given up after their last attempt (jobs in 5 minutes): ${impact}.`,
      runbookSection: "dead-letters",
      topic,
    });
    new RunbookAlarm(this, "Age", {
      metric: metric(queueMetrics.oldestAge, "Maximum"),
      threshold: Duration.minutes(10).toMilliseconds(),
      datapointsToAlarm: 2,
      evaluationPeriods: 2,
      meaning: `The oldest job of the queue ${queue} has waited for long (milliseconds): ${impact}.`,
      runbookSection: "queue-age",
      pages: true,
      topic,
    });
  }
}
