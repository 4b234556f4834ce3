import type { Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { alarmDescription, RunbookAlarm } from "./runbook-alarm";
import { ValidationError } from "./validation-error";

export interface PageAlarmProps {
  /** Unique in account and region; what a pager knows it by. */
  readonly name: string;
  /** One of them is enough. */
  readonly alarms: readonly cloudwatch.IAlarm[];
  readonly meaning: string;
  /** Told when it begins and when it ends. @default - nobody: another alarm looks at this one */
  readonly topic?: sns.ITopic;
}

/** As many as CloudWatch lets one alarm look at. */
const maxChildren = 100;

/** In alarm as long as one of several alarms is, so that a night in which ten of them fire is one call. */
export class PageAlarm extends Construct {
  readonly alarm: cloudwatch.CompositeAlarm;

  constructor(scope: Construct, id: string, { name, alarms, meaning, topic }: PageAlarmProps) {
    super(scope, id);
    if (alarms.length === 0 || alarms.length > maxChildren)
      throw new ValidationError(
        `alarms has ${alarms.length}: use 1 to ${maxChildren}, or put an alarm of alarms between`,
        this,
      );
    this.alarm = new cloudwatch.CompositeAlarm(this, "Alarm", {
      compositeAlarmName: name,
      alarmRule: cloudwatch.AlarmRule.anyOf(
        ...alarms.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM)),
      ),
      alarmDescription: alarmDescription({ meaning, runbookSection: "page" }),
    });
    if (topic === undefined) return;
    this.alarm.addAlarmAction(new SnsAction(topic));
    this.alarm.addOkAction(new SnsAction(topic));
  }
}

/** The alarms so far in a stack that are worth waking somebody. */
export function pagingAlarmsOf(stack: Stack): cloudwatch.IAlarm[] {
  return stack.node.findAll().flatMap((part) => (part instanceof RunbookAlarm && part.pages ? [part.alarm] : []));
}
