import { RemovalPolicy } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as elasticache from "aws-cdk-lib/aws-elasticache";
import type * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { ImportedRedisCache, type RedisCacheAttributes } from "./imported-redis-cache";
import { RedisScaling } from "./redis-autoscaling";
import { clientAccessString, grantRedisConnect, type IRedisCache, type RedisClient } from "./redis-access";
import { findRedisMistakes } from "./redis-checks";
import { deliverRedisLog } from "./redis-logs";
import { accessString, type RedisRights } from "./redis-rights";
import { completeRedisSettings, redisNodeNumbers, type RedisCacheSettings } from "./redis-settings";
import { RedisUsers } from "./redis-users";
import { ValidationError } from "./validation-error";

export interface RedisCacheProps extends RedisCacheSettings {
  /** Start of the ids of users, unique in account and region: `larder-dev-cache`. */
  readonly name: string;
  readonly vpc: ec2.IVpc;
  /** Encrypts nodes, snapshots and logs; must admit CloudWatch Logs, as `EncryptionKey` does. */
  readonly encryptionKey: kms.IKey;
  /** The user for any client may touch keys that start with `<keyPrefix>:`. */
  readonly keyPrefix: string;
  /** Users beside that one, by their roles, each with the rights of the features it uses. @default - none */
  readonly users?: Readonly<Record<string, readonly RedisRights[]>>;
  readonly logRetention: logs.RetentionDays;
  /** What becomes of group and logs with their stack. @default RemovalPolicy.SNAPSHOT - a last snapshot, and the logs */
  readonly removalPolicy?: RemovalPolicy.SNAPSHOT | RemovalPolicy.DESTROY;
}

const redisEngines = {
  redis: { engineVersion: "7.1", cacheParameterGroupFamily: "redis7" },
  valkey: { engineVersion: "8.2", cacheParameterGroupFamily: "valkey8" },
  durableValkey: { engineVersion: "9.0", cacheParameterGroupFamily: "valkey9" },
} as const;

const portNumber = 6379;

/**
 * A Redis replication group that only named clients reach: isolated subnets, TLS required, KMS, IAM users.
 *
 * A replica in another zone takes over when a primary is lost, in every stage. See `grantConnect`.
 */
export class RedisCache extends Construct implements IRedisCache {
  /** A group of another app or stack, known by its addresses. */
  static fromAttributes(scope: Construct, id: string, attributes: RedisCacheAttributes): IRedisCache {
    return new ImportedRedisCache(scope, id, attributes);
  }

  readonly mode: "single" | "cluster";
  readonly host: string;
  readonly port: string;
  readonly groupId: string;
  readonly userId: string;
  readonly connections: ec2.Connections;
  readonly maxmemoryPolicy: RedisCacheSettings["maxmemoryPolicy"];
  /** Copies of each primary. */
  readonly replicasPerShard: number;
  /** Ids of the nodes, which carry the metrics: `<group>-001`, in cluster mode `<group>-0001-001`. */
  readonly nodeIds: readonly string[];
  private readonly users: RedisUsers;

  constructor(scope: Construct, id: string, props: RedisCacheProps) {
    super(scope, id);
    const subnets = props.vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_ISOLATED });
    const settings = completeRedisSettings(props);
    const mistakes = [...findRedisMistakes(settings, props.name, subnets.availabilityZones)];
    if (mistakes.length > 0) throw new ValidationError(mistakes.join("; "), this);

    const { name, vpc, encryptionKey } = props;
    const { engine, clusterMode, maxmemoryPolicy } = settings;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.SNAPSHOT;
    const isDurable = settings.durability !== "disabled";
    const { engineVersion, cacheParameterGroupFamily } = redisEngines[isDurable ? "durableValkey" : engine];

    this.mode = clusterMode ? "cluster" : "single";
    this.users = new RedisUsers(this, "Users", {
      engine,
      name,
      accessString: clientAccessString(props.keyPrefix),
      roles: Object.entries(props.users ?? {}).map(([role, rights]) => ({
        role,
        accessString: accessString(rights, this.mode),
      })),
    });
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: `Redis ${name}: only clients that were granted`,
      allowAllOutbound: false,
    });
    const subnetGroup = new elasticache.CfnSubnetGroup(this, "Subnets", {
      description: `Isolated subnets of Redis ${name}`,
      subnetIds: subnets.subnetIds,
    });
    const parameterGroup = new elasticache.CfnParameterGroup(this, `Parameters-${cacheParameterGroupFamily}`, {
      description: `Parameters of Redis ${name}`,
      cacheParameterGroupFamily,
      properties: { "cluster-enabled": clusterMode ? "yes" : "no", "maxmemory-policy": maxmemoryPolicy },
    });

    const group = new elasticache.CfnReplicationGroup(this, "Group", {
      replicationGroupDescription: `Redis ${name}`,
      engine,
      engineVersion,
      autoMinorVersionUpgrade: true,
      cacheNodeType: settings.nodeType,
      cacheParameterGroupName: parameterGroup.ref,
      clusterMode: clusterMode ? "enabled" : "disabled",
      numNodeGroups: settings.shards,
      ...(isDurable && { durability: settings.durability }),
      replicasPerNodeGroup: settings.replicasPerShard,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      cacheSubnetGroupName: subnetGroup.ref,
      securityGroupIds: [securityGroup.securityGroupId],
      port: portNumber,
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: true,
      kmsKeyId: encryptionKey.keyArn,
      userGroupIds: [this.users.userGroupId],
      snapshotRetentionLimit: settings.snapshotRetentionDays,
      snapshotWindow: settings.snapshotWindow,
      preferredMaintenanceWindow: settings.maintenanceWindow,
      logDeliveryConfigurations: [deliverRedisLog(this, "slow-log", props), deliverRedisLog(this, "engine-log", props)],
    });
    // Without it a change of `shards` makes a new, empty group.
    group.cfnOptions.updatePolicy = { useOnlineResharding: true };
    group.applyRemovalPolicy(removalPolicy);
    if (settings.autoscaling !== "off") {
      const least = settings.autoscaling.of === "shards" ? settings.shards : settings.replicasPerShard;
      new RedisScaling(this, "Scaling", { ...settings.autoscaling, groupId: group.ref, least });
    }

    this.host = clusterMode ? group.attrConfigurationEndPointAddress : group.attrPrimaryEndPointAddress;
    this.port = clusterMode ? group.attrConfigurationEndPointPort : group.attrPrimaryEndPointPort;
    this.groupId = group.ref; // ElastiCache keeps ids in lower case
    this.userId = this.users.userId;
    this.maxmemoryPolicy = maxmemoryPolicy;
    this.replicasPerShard = settings.replicasPerShard;
    this.connections = new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.tcp(portNumber) });
    this.nodeIds = redisNodeNumbers(settings).map((number) => `${group.ref}-${number}`);
  }

  /** The user of a role, one of `users`. */
  userIdOf(role: string): string {
    return this.users.userIdOf(role);
  }

  grantConnect(grantee: RedisClient, userId?: string): iam.Grant {
    return grantRedisConnect(this, grantee, userId);
  }
}
