import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { StageConfig } from "../config";
import { AlarmTopic } from "../constructs/alarm-topic";
import { EncryptionKey } from "../constructs/encryption-key";
import { PrivateNetwork } from "../constructs/private-network";

export interface NetworkStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What everything else stands on: the network, the key, and the topic of alarms. */
export class NetworkStack extends Stack {
  readonly vpc: ec2.IVpc;
  readonly encryptionKey: kms.IKey;
  readonly alarmTopic: sns.ITopic;
  private readonly zones: readonly string[];

  constructor(scope: Construct, id: string, { config, ...props }: NetworkStackProps) {
    super(scope, id, { ...props, terminationProtection: config.keepData });
    this.zones = config.availabilityZones;
    const removalPolicy = config.keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

    this.encryptionKey = new EncryptionKey(this, "Encryption", {
      description: `Larder ${config.name}: stores, logs and alarms`,
      forAlarms: true,
      removalPolicy,
    }).key;
    this.vpc = new PrivateNetwork(this, "Network", {
      availabilityZones: config.availabilityZones,
      encryptionKey: this.encryptionKey,
      logRetention: config.logRetention,
      removalPolicy,
    }).vpc;
    this.alarmTopic = new AlarmTopic(this, "Alarms", {
      encryptionKey: this.encryptionKey,
      email: config.alarmEmail,
    }).topic;
  }

  /** The zones of the config: CDK would ask AWS for them, and synthesizing must not need an account. */
  override get availabilityZones(): string[] {
    return [...this.zones];
  }
}
