import { Duration, Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as scheduler from "aws-cdk-lib/aws-scheduler";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { RunbookAlarm } from "./runbook-alarm";

export interface FunctionScheduleProps {
  readonly function: lambda.Function;
  /** What alarms call the function. */
  readonly name: string;
  /** What is noticed when it doesn't run; becomes the text of its alarm. */
  readonly silenceImpact: string;
  readonly alarmTopic: sns.ITopic;
}

const silentMinutes = 5;

/**
 * Calls a function each minute. A call that can't be made, or that fails, isn't repeated, and no dead-letter queue keeps it:
 * it says nothing that the next one, a minute later, doesn't say. So each call must find by itself what there is to do.
 */
export class FunctionSchedule extends Construct {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    // Scheduler hands the call to Lambda's own queue, which would repeat a failed one twice, and wait for room for six hours.
    props.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });

    // CDK's own ScheduleGroup keeps the group behind, under a name that would be taken at the next deploy, and its Schedule
    // doesn't wait for the group.
    const group = new scheduler.CfnScheduleGroup(this, "Group");
    const role = new iam.Role(this, "Role", {
      // By its group: no other schedule of the account can use the role.
      assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account, "aws:SourceArn": group.attrArn } },
      }),
    });
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [props.function.functionArn] }),
    );
    const schedule = new scheduler.CfnSchedule(this, "Schedule", {
      scheduleExpression: "rate(1 minute)",
      groupName: group.ref,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: props.function.functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    });
    schedule.node.addDependency(role);

    const silence = new RunbookAlarm(this, "Silence", {
      metric: props.function.metricInvocations({ period: Duration.minutes(1) }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      datapointsToAlarm: silentMinutes,
      evaluationPeriods: silentMinutes,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      meaning: `The function ${props.name} hasn't run for ${silentMinutes} minutes: ${props.silenceImpact}.`,
      runbookSection: "function-silence",
      pages: true,
      topic: props.alarmTopic,
    });
    silence.node.addDependency(schedule);
  }
}
