/** Who may do what on a Redis group: the rights of its user, and the right to sign in as that user. */
import { ArnFormat, Stack } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import type { IConstruct } from "constructs";

/** A Redis group as its clients see it, whether this app made it or another one did. */
export interface IRedisCache extends IConstruct, ec2.IConnectable {
  /** How to connect: `cluster` clients follow redirections. */
  readonly mode: "single" | "cluster";
  /** The primary endpoint, or the configuration endpoint in cluster mode. */
  readonly host: string;
  readonly port: string;
  /** Id of the replication group, in lower case: IAM tokens are signed for it, not for the host. */
  readonly groupId: string;
  /** The user of whoever has none of its own: it may do what any client needs. With IAM a user's id is its name. */
  readonly userId: string;
  /**
   * Lets the grantee through the network and sign in as one user. Rules and policies land in the grantee's stack.
   *
   * @param userId @default - `userId` of this group
   */
  grantConnect(grantee: RedisClient, userId?: string): iam.Grant;
}

/** Anything that has a role and a place in the network: a Lambda function in a VPC, an instance, a service on ECS. */
export type RedisClient = ec2.IConnectable & (iam.IGrantable | EcsService);

/** A service signs in by the role of its tasks. */
interface EcsService {
  readonly taskDefinition: { readonly taskRole: iam.IRole };
}

/** Commands that a client needs. The order counts: what is dangerous goes after the groups, single ones return last. */
const clientCommands = [
  "-@all +@read +@write +@connection +@transaction -@dangerous",
  // Scripts, but neither functions nor flushing those of everybody.
  "-function +eval +evalsha +script|load +script|exists",
  // Those who wait for a lock are told when it is theirs.
  "+publish +subscribe +unsubscribe",
  // The clock and the state of replication, which are in none of these groups.
  "+time +wait",
  // A cluster client can't start without the first four; `info` answers the ready check of the other kind.
  "+cluster|slots +cluster|shards +cluster|nodes +cluster|info +info",
].join(" ");

/** The rights of a user for any client: what clients need, on keys and channels that start with `<keyPrefix>:` only. */
export function clientAccessString(keyPrefix: string): string {
  return `on ~${keyPrefix}:* resetchannels &${keyPrefix}:* ${clientCommands}`;
}

/** The work of `grantConnect`, the same for a group of this app and of another. */
export function grantRedisConnect(cache: IRedisCache, grantee: RedisClient, userId = cache.userId): iam.Grant {
  // From the grantee's side: the other way round the cache's stack would depend on the grantee's, a cycle.
  grantee.connections.allowToDefaultPort(cache, "Redis");

  const arn = (resource: string, resourceName: string) =>
    Stack.of(cache).formatArn({
      service: "elasticache",
      resource,
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  return iam.Grant.addToPrincipal({
    grantee: "grantPrincipal" in grantee ? grantee : grantee.taskDefinition.taskRole,
    actions: ["elasticache:Connect"],
    // With one of the two missing ElastiCache says no more than "invalid username-password pair".
    resourceArns: [arn("replicationgroup", cache.groupId), arn("user", userId)],
  });
}
