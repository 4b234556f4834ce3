import { Stage, type StageProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { StageConfig } from "./config";
import { checkStageConfig } from "./config-checks";
import { ApiStack } from "./stacks/api-stack";
import { DataStack } from "./stacks/data-stack";
import { NetworkStack } from "./stacks/network-stack";
import { OperationsStack } from "./stacks/operations-stack";

export interface LarderStageProps extends StageProps {
  readonly config: StageConfig;
}

/** One whole Larder: network, then data, then api, then operations, each depending only on those before it. */
export class LarderStage extends Stage {
  readonly network: NetworkStack;
  readonly data: DataStack;
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
    this.api = new ApiStack(this, "api", { ...stack("api"), vpc, encryptionKey, alarmTopic, ...stores });
    this.operations = new OperationsStack(this, "operations", {
      ...stack("operations"),
      alarmTopic,
      data: this.data,
      api: this.api,
    });
  }
}
