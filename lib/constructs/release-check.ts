import type { RemovalPolicy } from "aws-cdk-lib";
import type * as codedeploy from "aws-cdk-lib/aws-codedeploy";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as logs from "aws-cdk-lib/aws-logs";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { ApiFunction } from "./api-function";

export interface ReleaseCheckProps {
  /** Their new versions are checked, all of them before each: one release brings them together. */
  readonly functions: readonly lambda.Function[];
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy?: RemovalPolicy;
  readonly alarmTopic: sns.ITopic;
  readonly metricNamespace: string;
}

/** The function that CodeDeploy asks whether new versions may have callers. Without its word no release goes on. */
export class ReleaseCheck extends Construct {
  readonly function: lambda.Function;
  private readonly role: iam.IRole;

  constructor(scope: Construct, id: string, { functions, ...props }: ReleaseCheckProps) {
    super(scope, id);
    const check = new ApiFunction(this, "Check", {
      ...props,
      name: "release-check",
      environment: { CHECKED_VERSIONS: functions.map((each) => each.currentVersion.functionArn).join(",") },
      errorImpact: "the release that it was asked for goes no further, and is given up after an hour",
      memoryMiB: 256,
      timeoutSeconds: 120,
    });
    this.function = check.function;
    this.role = check.role;
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        // Any version: the right to the new one alone would come seconds before it is called, and IAM takes longer.
        resources: functions.map((each) => `${each.functionArn}:*`),
      }),
    );
  }

  /** Lets it say of that group's deployments whether they may go on. */
  reportTo(group: codedeploy.LambdaDeploymentGroup): void {
    group.grantPutLifecycleEventHookExecutionStatus(this.role);
  }
}
