/** The services of AWS that functions call at run time, each played for what the template has of it. */
import type { LocalEndpoints } from "./endpoints";
import { createElastiCache } from "./elasticache";
import { PlayedGroup } from "./elasticache-group";
import type { Intrinsics } from "./intrinsics";
import { listen, stop } from "./listening";
import { createSecretsManager } from "./secrets-manager";
import { type Assembly, resourcesOfType } from "./template";

interface AwsServices {
  /** By which the SDK finds them. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startAwsServices(
  assembly: Assembly,
  intrinsics: Intrinsics,
  { redis, postgres }: LocalEndpoints,
): Promise<AwsServices> {
  const secrets = resourcesOfType(assembly, "AWS::RDS::DBInstance").map(({ logicalId, stack }) =>
    intrinsics.text({ "Fn::GetAtt": [logicalId, "MasterUserSecret.SecretArn"] }, stack),
  );
  const groups = resourcesOfType(assembly, "AWS::ElastiCache::ReplicationGroup").map(({ logicalId, stack }) => {
    const id = intrinsics.text({ Ref: logicalId }, stack);
    return new PlayedGroup({ id, region: stack.region, redis, group: redis.group });
  });
  const secretsManager = createSecretsManager(new Map(secrets.map((arn) => [arn, postgres.master])));
  const elastiCache = createElastiCache(groups);
  return {
    environment: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: await listen(secretsManager, 0),
      AWS_ENDPOINT_URL_ELASTICACHE: await listen(elastiCache, 0),
    },
    async close() {
      const closed = [secretsManager, elastiCache].map(stop);
      for (const server of [secretsManager, elastiCache]) server.closeAllConnections();
      await Promise.all(closed);
    },
  };
}
