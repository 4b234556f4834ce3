import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { graph } from "./graph";
import type { RedisCache } from "./redis-cache";
import { redisMetric, redisNetworkExcess, redisRefusals } from "./redis-metrics";

const ofNode = "${PROP('Dim.CacheClusterId')}";

/** How each node of a group is. @param role heads the titles */
export function redisWidgets(role: string, { nodeIds }: RedisCache): cloudwatch.IWidget[] {
  const of = (names: readonly string[], statistic: string, title: string) => {
    const label = names.length === 1 ? ofNode : `${ofNode} \${PROP('MetricName')}`;
    const metrics = names.flatMap((name) =>
      nodeIds.map((nodeId) => redisMetric(nodeId, name, statistic).with({ label })),
    );
    return graph(`${role}: ${title}`, { left: metrics });
  };
  return [
    of(["EngineCPUUtilization"], "Maximum", "the thread that runs commands (percent)"),
    of(["CPUUtilization"], "Maximum", "all processors (percent)"),
    of(["DatabaseMemoryUsagePercentage"], "Maximum", "memory (percent)"),
    of(["Evictions"], "Sum", "values thrown away"),
    of(["CurrConnections"], "Maximum", "connections"),
    of(["NewConnections"], "Sum", "new connections"),
    of(["ReplicationLag"], "Maximum", "replicas behind (s)"),
    of(["SuccessfulReadRequestLatency", "SuccessfulWriteRequestLatency"], "p99", "slowest hundredth of commands (µs)"),
    of(redisRefusals, "Sum", "sign-ins and commands refused"),
    of(["IsMaster"], "Minimum", "who is primary"),
    of([...redisNetworkExcess, "TrafficManagementActive"], "Maximum", "beyond the network's share"),
    of(["SwapUsage"], "Maximum", "memory on disk (bytes)"),
  ];
}
