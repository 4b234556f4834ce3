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

/**
 * CloudWatch lets one alarm look at 100, but by a rule of 10,240 characters, of which each takes some 150: its ARN is built from the name
 * of its stack and its logical id.
 */
const maxChildren = 60;

/** In alarm as long as one of several alarms is, so that a night in which ten of them fire is one call. */
export class PageAlarm extends Construct {
  readonly alarm: cloudwatch.CompositeAlarm;

  constructor(scope: Construct, id: string, { name, alarms, meaning, topic }: PageAlarmProps) {
    super(scope, id);
    if (alarms.length === 0) throw new ValidationError("alarms has 0: use at least 1", this);
    if (alarms.length > maxChildren ** 2)
      throw new ValidationError(`alarms has ${alarms.length}: use 1 to ${maxChildren ** 2}`, this);
    const children = alarms.length > maxChildren ? this.parts(name, alarms, meaning) : alarms;
    this.alarm = new cloudwatch.CompositeAlarm(this, "Alarm", {
      compositeAlarmName: name,
      alarmRule: cloudwatch.AlarmRule.anyOf(
        ...children.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM)),
      ),
      alarmDescription: alarmDescription({ meaning, runbookSection: "page" }),
    });
    if (topic === undefined) return;
    this.alarm.addAlarmAction(new SnsAction(topic));
    this.alarm.addOkAction(new SnsAction(topic));
  }

  /** Alarms between, which tell nobody. */
  private parts(name: string, alarms: readonly cloudwatch.IAlarm[], meaning: string): cloudwatch.IAlarm[] {
    return Array.from({ length: Math.ceil(alarms.length / maxChildren) }, (_, index) => {
      const ofPart = alarms.slice(index * maxChildren, (index + 1) * maxChildren);
      const number = index + 1;
      return new PageAlarm(this, `Part${number}`, { name: `${name}-${number}`, alarms: ofPart, meaning }).alarm;
    });
  }
}

/** The alarms so far in a stack that are worth waking somebody. */
export function pagingAlarmsOf(stack: Stack): cloudwatch.IAlarm[] {
  return stack.node.findAll().flatMap((part) => (part instanceof RunbookAlarm && part.pages ? [part.alarm] : []));
}
