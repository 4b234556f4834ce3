import { RemovalPolicy } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

export interface PrivateNetworkProps {
  readonly availabilityZones: readonly string[];
  /** Must admit CloudWatch Logs, as `EncryptionKey` does. */
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  /** What becomes of the flow log with its stack. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A network with no way in or out: isolated subnets only, no gateway, no NAT.
 *
 * Refused connections are logged; what passes isn't, since there it would cost more than it tells.
 */
export class PrivateNetwork extends Construct {
  readonly vpc: ec2.Vpc;

  constructor(scope: Construct, id: string, props: PrivateNetworkProps) {
    super(scope, id);
    this.vpc = new ec2.Vpc(this, "Vpc", {
      availabilityZones: [...props.availabilityZones],
      natGateways: 0,
      subnetConfiguration: [{ name: "isolated", subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
      restrictDefaultSecurityGroup: true,
    });

    const flowLog = new logs.LogGroup(this, "FlowLog", {
      encryptionKey: props.encryptionKey,
      retention: props.logRetention,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.vpc.addFlowLog("RefusedConnections", {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(flowLog),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
  }
}
