/** What `prod` may use at most, from its synthesized templates. */
import * as z from "zod/mini";
import { maxConnectionsOf } from "../../lib/constructs/postgres-connections";
import { type Assembly, type Resource, resourcesOfType } from "../../local/aws/template";

const nodeMemoryGiB: Readonly<Record<string, number>> = {
  "cache.t4g.micro": 0.5,
  "cache.t4g.small": 1.37,
  "cache.t4g.medium": 3.09,
};
const gibibyte = 1024 ** 3;
/** ElastiCache keeps a quarter for itself, and the alarm of a group that doesn't evict fires at 80 %. */
const usableShare = 0.75 * 0.8;

const Stage = z.object({ DefaultRouteSettings: z.object({ ThrottlingRateLimit: z.number() }) });
const Group = z.object({ CacheNodeType: z.string(), NumNodeGroups: z.number(), ReplicasPerNodeGroup: z.number() });
const Instance = z.object({ DBInstanceClass: z.string() });

export interface LimitsOfProd {
  readonly requestsPerSecond: number;
  readonly environmentsPerFunction: number;
  readonly postgresConnections: number;
  readonly cacheShards: number;
  readonly cacheNodes: number;
  readonly cacheBytes: number;
  readonly stateBytes: number;
}

export function limitsOfProd(assembly: Assembly): LimitsOfProd {
  const [cache, state] = ["Cache", "State"].map((role) => {
    const group = Group.parse(one(assembly, "AWS::ElastiCache::ReplicationGroup", role).properties);
    const bytes = (nodeMemoryGiB[group.CacheNodeType] ?? Number.NaN) * gibibyte * usableShare * group.NumNodeGroups;
    return { shards: group.NumNodeGroups, nodes: group.NumNodeGroups * (1 + group.ReplicasPerNodeGroup), bytes };
  });
  if (cache === undefined || state === undefined) throw new Error("there are two groups");
  const catalog = one(assembly, "AWS::Lambda::Function", "CatalogFunction");
  const { DBInstanceClass } = Instance.parse(one(assembly, "AWS::RDS::DBInstance").properties);
  return {
    requestsPerSecond: Stage.parse(one(assembly, "AWS::ApiGatewayV2::Stage").properties).DefaultRouteSettings
      .ThrottlingRateLimit,
    environmentsPerFunction: z.number().parse(catalog.properties.ReservedConcurrentExecutions),
    postgresConnections: maxConnectionsOf(DBInstanceClass.replace(/^db\./, "")) ?? Number.NaN,
    cacheShards: cache.shards,
    cacheNodes: cache.nodes,
    cacheBytes: cache.bytes,
    stateBytes: state.bytes,
  };
}

function one(assembly: Assembly, type: string, prefix = ""): Resource {
  const found = resourcesOfType(assembly, type).find(({ logicalId }) => logicalId.startsWith(prefix));
  if (found === undefined) throw new Error(`prod has no ${prefix} of the type ${type}`);
  return found;
}
