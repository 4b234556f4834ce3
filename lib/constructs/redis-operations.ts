/** Who may look at how ElastiCache keeps Redis groups, and try a failover of them. */
import { ArnFormat, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { RedisCache } from "./redis-cache";

/** Of these groups only, and nothing that changes them for good. */
export function grantRedisOperations(caches: readonly RedisCache[], grantee: iam.IGrantable): void {
  const arn = (cache: RedisCache, resource: string, resourceName: string) =>
    Stack.of(cache).formatArn({
      service: "elasticache",
      resource,
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  for (const statement of [
    {
      actions: ["elasticache:DescribeReplicationGroups", "elasticache:TestFailover"],
      resources: caches.map((cache) => arn(cache, "replicationgroup", cache.groupId)),
    },
    ...inParts(caches.flatMap((cache) => cache.nodeIds.map((node) => arn(cache, "cluster", node)))).map(
      (resources) => ({
        actions: ["elasticache:DescribeCacheClusters"],
        resources,
      }),
    ),
    // Events belong to no resource that a policy could name.
    { actions: ["elasticache:DescribeEvents"], resources: ["*"] },
  ])
    grantee.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement(statement));
}

/** A managed policy, in which CDK puts what is too much for the role's own, takes 6,144 characters, and CDK divides no statement. */
const mostResources = 40;

function inParts(resources: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(resources.length / mostResources) }, (_, part) =>
    resources.slice(part * mostResources, (part + 1) * mostResources),
  );
}
