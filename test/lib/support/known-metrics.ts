/** The metrics there are, by namespace and the dimensions they have; AWS' as its documentation lists them. */
import {
  answerMetrics,
  cacheMetrics,
  limitMetrics,
  lockMetrics,
  queueMetrics,
  unavailableMetrics,
} from "../../../lambdas/contract/metrics";
import type { WatchedMetric } from "./watched-metrics";

const ofAws: Record<string, { readonly dimensions: string; readonly names: readonly string[] }> = {
  "AWS/ElastiCache": {
    // Some exist with CacheClusterId alone too, but not all of these.
    dimensions: "CacheClusterId,CacheNodeId",
    names: [
      "AuthenticationFailures",
      "ChannelAuthorizationFailures",
      "CommandAuthorizationFailures",
      "CPUUtilization",
      "CurrConnections",
      "DatabaseMemoryUsagePercentage",
      "EngineCPUUtilization",
      "Evictions",
      "IamAuthenticationThrottling",
      "IsMaster",
      "KeyAuthorizationFailures",
      "NetworkBandwidthInAllowanceExceeded",
      "NetworkBandwidthOutAllowanceExceeded",
      "NetworkConntrackAllowanceExceeded",
      "NetworkPacketsPerSecondAllowanceExceeded",
      "NewConnections",
      "ReplicationLag",
      "SuccessfulReadRequestLatency",
      "SuccessfulWriteRequestLatency",
      "SwapUsage",
      "TrafficManagementActive",
    ],
  },
  "AWS/RDS": {
    dimensions: "DBInstanceIdentifier",
    names: [
      "CPUCreditBalance",
      "CPUSurplusCreditBalance",
      "CPUSurplusCreditsCharged",
      "CPUUtilization",
      "DatabaseConnections",
      "DiskQueueDepth",
      "FreeStorageSpace",
      "FreeableMemory",
      "IamDbAuthConnectionFailure",
      "IamDbAuthConnectionSuccess",
      "MaximumUsedTransactionIDs",
      "ReadLatency",
      "WriteLatency",
    ],
  },
  "AWS/ApiGateway": { dimensions: "ApiId", names: ["4xx", "5xx", "Count", "IntegrationLatency", "Latency"] },
  "AWS/Lambda": {
    dimensions: "FunctionName",
    names: ["ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"],
  },
};

/** Of an alias, or of a version. */
const ofQualifiedFunctions = { dimensions: "FunctionName,Resource", names: ["Duration", "Errors", "Invocations"] };

const unavailable = Object.values(unavailableMetrics);
const { lookups, waits, loads, loadTime, evictions } = cacheMetrics;
const { wait, notAcquired, lost } = lockMetrics;

/** What `platform/metrics` publishes, by the dimension beside `service`. */
const ofOurs: Record<string, readonly string[]> = {
  collection: [...Object.values(lookups), waits, ...Object.values(loads), loadTime, evictions, ...unavailable],
  limiter: [...Object.values(limitMetrics), ...unavailable],
  lock: [wait, ...Object.values(notAcquired), lost, ...unavailable],
  queue: [...Object.values(queueMetrics), ...unavailable],
  board: unavailable,
};

/** The metrics of these that nobody publishes. */
export function unknownMetrics(watched: readonly WatchedMetric[], ownNamespace: string): string[] {
  return watched.flatMap(({ namespace, dimensions, names }) =>
    names
      .filter((name) => {
        if (namespace !== ownNamespace) {
          const qualified = namespace === "AWS/Lambda" && dimensions.includes("Resource");
          const known = qualified ? ofQualifiedFunctions : ofAws[namespace];
          return known?.dimensions !== dimensions.join() || !known.names.includes(name);
        }
        if (dimensions.join() === "service") return !Object.values<string>(answerMetrics).includes(name);
        const [dimension = "", ...others] = dimensions.filter((each) => each !== "service");
        return dimensions.length !== 2 || others.length > 0 || !ofOurs[dimension]?.includes(name);
      })
      .map((name) => `${namespace} ${name} by ${dimensions.join()}`),
  );
}
