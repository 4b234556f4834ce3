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
  /** The user to sign in as; with IAM its id is its name. */
  readonly userId: string;
  /** Lets the grantee through the network and sign in. Rules and policies land in the grantee's stack. */
  grantConnect(grantee: RedisClient): iam.Grant;
}

/** Anything that has a role and a place in the network: a Lambda function in a VPC, an ECS service, an instance. */
export interface RedisClient extends iam.IGrantable, ec2.IConnectable {}

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

/** The rights of the application's user: what a client needs, on keys and channels that start with `<keyPrefix>:` only. */
export function clientAccessString(keyPrefix: string): string {
  return `on ~${keyPrefix}:* resetchannels &${keyPrefix}:* ${clientCommands}`;
}

/** The work of `grantConnect`, the same for a group of this app and of another. */
export function grantRedisConnect(cache: IRedisCache, grantee: RedisClient): iam.Grant {
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
    grantee,
    actions: ["elasticache:Connect"],
    // With one of the two missing ElastiCache says no more than "invalid username-password pair".
    resourceArns: [arn("replicationgroup", cache.groupId), arn("user", cache.userId)],
  });
}
