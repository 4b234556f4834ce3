import type { RemovalPolicy } from "aws-cdk-lib";
import type * as elasticache from "aws-cdk-lib/aws-elasticache";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { logRemovalPolicy } from "./log-removal";
import { vendedLogName } from "./vended-log-name";

interface RedisLogProps {
  /** Of the Redis group. */
  readonly name: string;
  readonly encryptionKey: kms.IKey;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy?: RemovalPolicy.SNAPSHOT | RemovalPolicy.DESTROY;
}

/** Makes the group that one of a Redis group's logs is delivered to, as JSON. */
export function deliverRedisLog(
  scope: Construct,
  logType: "slow-log" | "engine-log",
  { name, encryptionKey, logRetention, removalPolicy }: RedisLogProps,
): elasticache.CfnReplicationGroup.LogDeliveryConfigurationRequestProperty {
  const logGroup = new logs.LogGroup(scope, logType === "slow-log" ? "SlowLog" : "EngineLog", {
    logGroupName: vendedLogName(scope, `${name}/${logType}`),
    encryptionKey,
    retention: logRetention,
    removalPolicy: logRemovalPolicy(removalPolicy),
  });
  return {
    logType,
    logFormat: "json",
    destinationType: "cloudwatch-logs",
    destinationDetails: { cloudWatchLogsDetails: { logGroup: logGroup.logGroupName } },
  };
}
