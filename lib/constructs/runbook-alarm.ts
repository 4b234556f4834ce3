import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

/** Of an alarm, without the topic: lists of alarms share that. */
export interface AlarmSettings {
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
  /** Whether it is worth waking somebody: callers are hurt or about to be, and somebody can help. @default false */
  readonly pages?: boolean;
}

export interface RunbookAlarmProps extends AlarmSettings {
  readonly topic: sns.ITopic;
}

/** What whoever gets an alarm reads: what is wrong, and where the remedy is written. */
export function alarmDescription({
  meaning,
  runbookSection,
}: Pick<AlarmSettings, "meaning" | "runbookSection">): string {
  return `${meaning} What to do: docs/runbook.md#${runbookSection}`;
}

/** An alarm that tells somebody, and says where the remedy is written. */
export class RunbookAlarm extends Construct {
  readonly alarm: cloudwatch.Alarm;
  readonly pages: boolean;

  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    super(scope, id);
    this.pages = props.pages ?? false;
    this.alarm = new cloudwatch.Alarm(this, "Alarm", {
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparisonOperator ?? cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: props.datapointsToAlarm,
      evaluationPeriods: props.evaluationPeriods,
      treatMissingData: props.treatMissingData ?? cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: alarmDescription(props),
    });
    this.alarm.addAlarmAction(new SnsAction(props.topic));
  }
}
