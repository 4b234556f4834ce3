import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

export interface RunbookAlarmProps {
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /** @default ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD */
  readonly comparisonOperator?: cloudwatch.ComparisonOperator;
  /** How many of the last `evaluationPeriods` must be beyond the threshold. */
  readonly datapointsToAlarm: number;
  readonly evaluationPeriods: number;
  /** What it means that the metric says nothing. @default TreatMissingData.NOT_BREACHING: silence isn't an alarm */
  readonly treatMissingData?: cloudwatch.TreatMissingData;
  /** What is wrong when it fires, in words for whoever is woken by it. */
  readonly meaning: string;
  /** The section of docs/runbook.md that says what to do. */
  readonly runbookSection: string;
  readonly topic: sns.ITopic;
}

/** An alarm that tells somebody, and says where the remedy is written. */
export class RunbookAlarm extends Construct {
  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    super(scope, id);
    const alarm = new cloudwatch.Alarm(this, "Alarm", {
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparisonOperator ?? cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: props.datapointsToAlarm,
      evaluationPeriods: props.evaluationPeriods,
      treatMissingData: props.treatMissingData ?? cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: `${props.meaning} What to do: docs/runbook.md#${props.runbookSection}`,
    });
    alarm.addAlarmAction(new SnsAction(props.topic));
  }
}
