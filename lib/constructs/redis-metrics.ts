import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";

/**
 * A metric of one node.
 *
 * Some that matter (`TrafficManagementActive`, `IamAuthenticationThrottling`, the latencies) exist with both dimensions only, and an
 * alarm on the first one alone would wait for data for ever. In a replication group each "cache cluster" is one node, `0001`.
 */
export function redisMetric(
  nodeId: string,
  metricName: string,
  statistic: string,
  period = Duration.minutes(1),
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: "AWS/ElastiCache",
    metricName,
    dimensionsMap: { CacheClusterId: nodeId, CacheNodeId: "0001" },
    statistic,
    period,
  });
}

/** Sign-ins, commands, keys and channels that were refused. */
export const redisRefusals = [
  "AuthenticationFailures",
  "CommandAuthorizationFailures",
  "KeyAuthorizationFailures",
  "ChannelAuthorizationFailures",
  "IamAuthenticationThrottling",
];

/** Packets that AWS held back or dropped, since a node's share of the network was used up. */
export const redisNetworkExcess = [
  "NetworkBandwidthInAllowanceExceeded",
  "NetworkBandwidthOutAllowanceExceeded",
  "NetworkConntrackAllowanceExceeded",
  "NetworkPacketsPerSecondAllowanceExceeded",
];
