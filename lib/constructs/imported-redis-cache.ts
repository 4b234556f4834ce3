import { Token, Tokenization } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { grantRedisConnect, type IRedisCache, type RedisClient } from "./redis-access";

export interface RedisCacheAttributes {
  readonly mode: "single" | "cluster";
  readonly host: string;
  readonly port: number;
  readonly groupId: string;
  readonly userId: string;
  readonly securityGroupId: string;
}

/** A group that another app or stack made, in the same account and region. */
export class ImportedRedisCache extends Construct implements IRedisCache {
  readonly mode: "single" | "cluster";
  readonly host: string;
  readonly port: string;
  readonly groupId: string;
  readonly userId: string;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, attributes: RedisCacheAttributes) {
    super(scope, id);
    this.mode = attributes.mode;
    this.host = attributes.host;
    this.port = Tokenization.stringifyNumber(attributes.port);
    // A token is signed for the id as ElastiCache keeps it, whatever case it was typed in.
    this.groupId = Token.isUnresolved(attributes.groupId) ? attributes.groupId : attributes.groupId.toLowerCase();
    this.userId = attributes.userId;
    this.connections = new ec2.Connections({
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(this, "SecurityGroup", attributes.securityGroupId)],
      defaultPort: ec2.Port.tcp(attributes.port),
    });
  }

  grantConnect(grantee: RedisClient, userId?: string): iam.Grant {
    return grantRedisConnect(this, grantee, userId);
  }
}
