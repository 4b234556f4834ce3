import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as codedeploy from "aws-cdk-lib/aws-codedeploy";
import * as lambda from "aws-cdk-lib/aws-lambda";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { answerMetrics } from "../../lambdas/contract/metrics";
import { type ApiFunction, serviceOf } from "./api-function";
import { sumOf } from "./combined-metrics";
import type { ReleaseCheck } from "./release-check";
import { RunbookAlarm } from "./runbook-alarm";

export interface CanaryReleaseProps {
  readonly name: "catalog" | "checkout";
  readonly released: ApiFunction<"catalog" | "checkout">;
  readonly application: codedeploy.ILambdaApplication;
  /** Asked before the first caller gets the new version. */
  readonly check: ReleaseCheck;
  /** CloudWatch's, in which the function counts its answers of 5xx. */
  readonly metricNamespace: string;
  readonly alarmTopic: sns.ITopic;
}

/** Requests in five minutes, below which nothing is concluded from them. */
const fewestForErrors = 30;
const fewestForLatency = 100;
/** One or two failures are nothing yet, however few the requests are. */
const fewestErrors = 3;
/** Of all requests. The new version has a tenth of them: it fails a tenth of its own, then. */
const errorPercent = 1;
const slowMs = 3_000;
const period = Duration.minutes(5);

/**
 * Releases new versions of a function to a tenth of its callers first, and to all of them five minutes later; back to none while an
 * alarm says that they fail or wait. Callers must call the alias.
 *
 * The first deploy only makes the alias. After that CloudFormation waits for each release, and undoes the deploy if it fails.
 */
export class CanaryRelease extends Construct {
  readonly alias: lambda.Alias;

  constructor(scope: Construct, id: string, props: CanaryReleaseProps) {
    super(scope, id);
    const { name, released, application, check } = props;
    this.alias = new lambda.Alias(this, "Live", { aliasName: "live", version: released.function.currentVersion });
    // A new version is called when its role, and every rule on its way to the stores, is there.
    this.alias.node.addDependency(released);

    const requests = this.alias.metricInvocations({ period });
    // What an endpoint throws is answered: to Lambda that call went well.
    const answered = new cloudwatch.Metric({
      namespace: props.metricNamespace,
      metricName: answerMetrics.serverErrors,
      dimensionsMap: { service: serviceOf(name) },
      statistic: "Sum",
      period,
    });
    const errors = this.alarm("Errors", props, {
      metric: new cloudwatch.MathExpression({
        expression: `IF(requests >= ${fewestForErrors} AND failed >= ${fewestErrors}, 100 * failed / requests, 0)`,
        usingMetrics: { requests, failed: sumOf([this.alias.metricErrors({ period }), answered], "failed requests") },
        label: "failed requests in a hundred",
        period,
      }),
      threshold: errorPercent,
      meaning: `Requests to ${name} fail (in a hundred, of at least ${fewestForErrors} in 5 minutes): a release that is under way is rolled back.`,
    });
    const latency = this.alarm("Latency", props, {
      metric: new cloudwatch.MathExpression({
        expression: `IF(requests >= ${fewestForLatency}, slowest, 0)`,
        usingMetrics: { requests, slowest: this.alias.metricDuration({ period, statistic: "p99" }) },
        label: "slowest hundredth",
        period,
      }),
      threshold: slowMs,
      meaning: `One in a hundred requests takes ${name} long (milliseconds): a release that is under way is rolled back.`,
    });

    const group = new codedeploy.LambdaDeploymentGroup(this, "Deployment", {
      application,
      alias: this.alias,
      deploymentConfig: codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      preHook: check.function,
      alarms: [errors, latency],
      // What CloudWatch can't say of an alarm must not stand for its silence.
      ignorePollAlarmsFailure: false,
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
    check.reportTo(group);
    // CodeDeploy's role and what it may do are there before the alias is changed.
    this.alias.node.addDependency(group);
  }

  private alarm(
    id: string,
    { alarmTopic }: CanaryReleaseProps,
    settings: { readonly metric: cloudwatch.IMetric; readonly threshold: number; readonly meaning: string },
  ): cloudwatch.Alarm {
    return new RunbookAlarm(this, id, {
      ...settings,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      runbookSection: "release-rolled-back",
      topic: alarmTopic,
    }).alarm;
  }
}
