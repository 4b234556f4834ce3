/** What is watched of one node of Redis, and from which value on somebody should know. */
import { Duration } from "aws-cdk-lib";
import { highestOf, sumOf } from "./combined-metrics";
import { redisMetric, redisNetworkExcess, redisRefusals } from "./redis-metrics";
import type { RedisCacheSettings } from "./redis-settings";
import type { AlarmSettings } from "./runbook-alarm";

const threeOfFiveMinutes = { datapointsToAlarm: 3, evaluationPeriods: 5 };
const fiveMinutes = Duration.minutes(5);

/** Callers notice, or an access string is wrong. */
export function faultAlarms(
  nodeId: string,
  maxmemoryPolicy: RedisCacheSettings["maxmemoryPolicy"],
): Record<string, AlarmSettings> {
  const full: Record<string, AlarmSettings> =
    maxmemoryPolicy === "noeviction"
      ? {
          Memory: {
            metric: redisMetric(nodeId, "DatabaseMemoryUsagePercentage", "Maximum"),
            threshold: 80,
            ...threeOfFiveMinutes,
            meaning: "Redis memory fills up (percent): when it is full, locks, sessions and limits are refused.",
            runbookSection: "redis-memory",
            pages: true,
          },
        }
      : {
          // A store that evicts is always full, so memory says nothing: what it throws away does.
          Evictions: {
            metric: redisMetric(nodeId, "Evictions", "Sum", fiveMinutes),
            threshold: 100,
            datapointsToAlarm: 2,
            evaluationPeriods: 3,
            meaning:
              "Redis throws away values before their time (keys in 5 minutes): the memory is too small for the traffic.",
            runbookSection: "redis-memory",
          },
        };
  return {
    EngineCpu: {
      metric: redisMetric(nodeId, "EngineCPUUtilization", "Maximum"),
      threshold: 90,
      ...threeOfFiveMinutes,
      meaning: "The one thread of Redis that runs commands is nearly saturated (percent): every caller waits.",
      runbookSection: "redis-engine-cpu",
      pages: true,
    },
    ...full,
    Access: {
      metric: sumOf(
        redisRefusals.map((name) => redisMetric(nodeId, name, "Sum", fiveMinutes)),
        "sign-ins, commands, keys and channels refused",
      ),
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      meaning:
        "Redis refused a sign-in, or a command, key or channel that its user may not use (times in 5 minutes): a grant is missing, or somebody tries.",
      runbookSection: "redis-access",
    },
  };
}

/** Nobody notices yet. */
export function earlyAlarms(nodeId: string, nodeType: string): Record<string, AlarmSettings> {
  const smallNodesOnly: Record<string, AlarmSettings> = hasTwoProcessors(nodeType)
    ? {
        Cpu: {
          metric: redisMetric(nodeId, "CPUUtilization", "Maximum"),
          threshold: 45, // 90 of the one of two that Redis runs commands on
          ...threeOfFiveMinutes,
          meaning:
            "Both processors of a Redis node together are busy (percent): what AWS runs beside Redis takes its time.",
          runbookSection: "redis-engine-cpu",
        },
      }
    : {};
  return {
    ...smallNodesOnly,
    Connections: {
      metric: redisMetric(nodeId, "CurrConnections", "Maximum"),
      threshold: 10_000, // a node takes 65,000, the smallest less; of an account's first 1,000 environments each has one or two
      ...threeOfFiveMinutes,
      meaning: "Redis has many connections (connections): somebody opens more than they close.",
      runbookSection: "redis-connections",
    },
    NewConnections: {
      metric: redisMetric(nodeId, "NewConnections", "Sum"),
      threshold: 1_000,
      datapointsToAlarm: 2,
      evaluationPeriods: 3,
      meaning: "Clients connect to Redis again and again (times in a minute): each TLS handshake takes its processor.",
      runbookSection: "redis-connections",
    },
    // The primary has none; who is that may change.
    ReplicationLag: {
      metric: redisMetric(nodeId, "ReplicationLag", "Maximum"),
      threshold: 1,
      ...threeOfFiveMinutes,
      meaning:
        "A replica of Redis is behind (seconds): a failover would lose that much, and what waits for replicas is refused.",
      runbookSection: "redis-replication-lag",
    },
    Throttled: {
      metric: redisMetric(nodeId, "TrafficManagementActive", "Maximum"),
      threshold: 1,
      datapointsToAlarm: 2,
      evaluationPeriods: 3,
      meaning: "ElastiCache holds commands back, since a node gets more than it can take: callers wait.",
      runbookSection: "redis-throttled",
    },
    Network: {
      metric: sumOf(
        redisNetworkExcess.map((name) => redisMetric(nodeId, name, "Sum")),
        "packets beyond the allowance",
      ),
      threshold: 1,
      ...threeOfFiveMinutes,
      meaning: "A Redis node has used up its share of the network (packets held back or dropped in a minute).",
      runbookSection: "redis-throttled",
    },
    Latency: {
      metric: highestOf(
        ["SuccessfulReadRequestLatency", "SuccessfulWriteRequestLatency"].map((name) =>
          redisMetric(nodeId, name, "p99"),
        ),
        "slowest hundredth",
      ),
      threshold: 5_000,
      ...threeOfFiveMinutes,
      meaning: "One in a hundred commands takes Redis long (microseconds): all that come after it wait.",
      runbookSection: "redis-latency",
    },
    Swap: {
      metric: redisMetric(nodeId, "SwapUsage", "Maximum", fiveMinutes),
      threshold: 50 * 1024 ** 2,
      datapointsToAlarm: 3,
      evaluationPeriods: 3,
      meaning: "A Redis node keeps memory on its disk (bytes): commands that touch it are slow.",
      runbookSection: "redis-memory",
    },
  };
}

/** Up to `large` the sizes of all families that are still sold have two. */
function hasTwoProcessors(nodeType: string): boolean {
  return /\.(micro|small|medium|large)$/.test(nodeType);
}
