import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { StageConfig } from "../config";
import type { FirewallSettings } from "../constructs/edge-settings";
import { EncryptionKey } from "../constructs/encryption-key";
import { Firewall } from "../constructs/firewall";

export interface FirewallStackProps extends StackProps {
  readonly config: StageConfig;
  readonly waf: FirewallSettings;
}

/** The firewall before CloudFront, with the key of its log: in us-east-1, since CloudFront takes one from nowhere else. */
export class FirewallStack extends Stack {
  readonly firewallArn: string;

  constructor(scope: Construct, id: string, { config, waf, ...props }: FirewallStackProps) {
    super(scope, id, { ...props, terminationProtection: config.keepData });
    const removalPolicy = config.keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    this.firewallArn = new Firewall(this, "Firewall", {
      ...waf,
      name: `larder-${config.name}`,
      encryptionKey: new EncryptionKey(this, "Encryption", {
        description: `Larder ${config.name}: log of the firewall`,
        forAlarms: false,
        removalPolicy,
      }).key,
      logRetention: config.logRetention,
      removalPolicy,
    }).arn;
  }
}
