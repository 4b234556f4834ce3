import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";

export interface EncryptionKeyProps {
  readonly description: string;
  /** Whether CloudWatch may send alarms to topics that it encrypts. */
  readonly forAlarms: boolean;
  /** What becomes of the key with its stack. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE - what it encrypted stays readable */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A key that admits the AWS services that write through it on nobody's behalf.
 *
 * Without their statements log groups are refused at deploy, and alarms fire into a topic that silently drops them.
 * ElastiCache, RDS and Secrets Manager use it on behalf of whoever deploys, who is admitted through IAM.
 */
export class EncryptionKey extends Construct {
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    const { account, region, partition } = Stack.of(this);

    this.key = new kms.Key(this, "Key", {
      description: props.description,
      enableKeyRotation: true,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      pendingWindow: Duration.days(7),
    });
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: "LogGroupsOfThisAccount",
        principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        resources: ["*"],
        conditions: {
          ArnLike: {
            "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${account}:log-group:*`,
          },
        },
      }),
    );
    if (props.forAlarms)
      this.key.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: "AlarmsOfThisAccount",
          principals: [new iam.ServicePrincipal("cloudwatch.amazonaws.com")],
          actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
          resources: ["*"],
          conditions: { StringEquals: { "aws:SourceAccount": account } },
        }),
      );
  }
}
