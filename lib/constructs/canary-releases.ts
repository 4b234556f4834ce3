import type { RemovalPolicy } from "aws-cdk-lib";
import * as codedeploy from "aws-cdk-lib/aws-codedeploy";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as logs from "aws-cdk-lib/aws-logs";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { ApiFunction } from "./api-function";
import { CanaryRelease } from "./canary-release";
import { ReleaseCheck } from "./release-check";

export interface CanaryReleasesProps {
  readonly catalog: ApiFunction<"catalog">;
  readonly checkout: ApiFunction<"checkout">;
  readonly metricNamespace: string;
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy?: RemovalPolicy;
  readonly alarmTopic: sns.ITopic;
}

/** Releases catalog and checkout to a few callers first, each on its own, after one check of both. */
export class CanaryReleases extends Construct {
  /** What callers must call instead of the functions. */
  readonly aliases: { readonly catalog: lambda.IAlias; readonly checkout: lambda.IAlias };

  constructor(scope: Construct, id: string, { catalog, checkout, ...shared }: CanaryReleasesProps) {
    super(scope, id);
    const application = new codedeploy.LambdaApplication(this, "Application");
    const check = new ReleaseCheck(this, "PreTraffic", { ...shared, functions: [catalog.function, checkout.function] });
    const common = { ...shared, application, check };
    this.aliases = {
      catalog: new CanaryRelease(this, "Catalog", { ...common, name: "catalog", released: catalog }).alias,
      checkout: new CanaryRelease(this, "Checkout", { ...common, name: "checkout", released: checkout }).alias,
    };
  }
}
