import { Duration } from "aws-cdk-lib";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { sumOf } from "./combined-metrics";
import { RunbookAlarm } from "./runbook-alarm";

export interface ThrottleAlarmProps {
  /** At most ten, that somebody waits for: a schedule that isn't called is told of by its own alarm. */
  readonly functions: readonly lambda.IFunction[];
  readonly topic: sns.ITopic;
}

/** Tells that Lambda had no room. One alarm for all: what is short is mostly what the account has, for all of them at once. */
export class ThrottleAlarm extends Construct {
  constructor(scope: Construct, id: string, { functions, topic }: ThrottleAlarmProps) {
    super(scope, id);
    new RunbookAlarm(this, "Throttles", {
      metric: sumOf(
        functions.map((fn) => fn.metricThrottles({ period: Duration.minutes(5) })),
        "calls refused",
      ),
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      meaning:
        "Lambda had no room for calls of the API's functions (times in 5 minutes): the gateway answered their callers 503 or 500.",
      runbookSection: "function-throttles",
      topic,
    });
  }
}
