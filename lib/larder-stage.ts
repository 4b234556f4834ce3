import { Stage, type StageProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { StageConfig } from "./config";
import { checkStageConfig } from "./config-checks";
import { ApiStack } from "./stacks/api-stack";
import { DataStack } from "./stacks/data-stack";
import { FirewallStack } from "./stacks/firewall-stack";
import { NetworkStack } from "./stacks/network-stack";
import { OperationsStack } from "./stacks/operations-stack";

export interface LarderStageProps extends StageProps {
  readonly config: StageConfig;
}

/**
 * One whole Larder: network, then data, then api, then operations, each depending only on those before it; and before api, where there
 * is one, the firewall in us-east-1.
 */
export class LarderStage extends Stage {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly firewall: FirewallStack | undefined;
  readonly api: ApiStack;
  readonly operations: OperationsStack;

  constructor(scope: Construct, id: string, { config, ...props }: LarderStageProps) {
    super(scope, id, props);
    checkStageConfig(config);

    const stack = (name: string) => ({ config, stackName: `larder-${config.name}-${name}` });
    this.network = new NetworkStack(this, "network", stack("network"));
    const { vpc, encryptionKey, alarmTopic } = this.network;
    this.data = new DataStack(this, "data", { ...stack("data"), vpc, encryptionKey, alarmTopic });
    const { cache, state, database, databaseEndpoint } = this.data;
    const stores = { cache, state, database, databaseEndpoint };
    const { waf } = config;
    if (waf !== undefined)
      this.firewall = new FirewallStack(this, "firewall", {
        ...stack("firewall"),
        waf,
        env: { account: this.account, region: "us-east-1" },
        crossRegionReferences: true,
      });
    this.api = new ApiStack(this, "api", {
      ...stack("api"),
      vpc,
      encryptionKey,
      alarmTopic,
      ...stores,
      ...(this.firewall && { firewallArn: this.firewall.firewallArn, crossRegionReferences: true }),
    });
    this.operations = new OperationsStack(this, "operations", {
      ...stack("operations"),
      alarmTopic,
      data: this.data,
      api: this.api,
    });
  }
}
