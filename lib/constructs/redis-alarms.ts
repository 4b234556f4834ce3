import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { RedisCache } from "./redis-cache";
import { RunbookAlarm } from "./runbook-alarm";

export interface RedisAlarmsProps {
  readonly cache: RedisCache;
  readonly topic: sns.ITopic;
}

/** Watches every node of a Redis group, since ElastiCache has metrics of nodes only. */
export class RedisAlarms extends Construct {
  constructor(scope: Construct, id: string, { cache, topic }: RedisAlarmsProps) {
    super(scope, id);
    cache.nodeIds.forEach((nodeId, index) => {
      const node = new Construct(this, `Node${index + 1}`);
      const metric = (metricName: string, statistic: string, period: Duration) =>
        new cloudwatch.Metric({
          namespace: "AWS/ElastiCache",
          metricName,
          dimensionsMap: { CacheClusterId: nodeId },
          statistic,
          period,
        });

      new RunbookAlarm(node, "EngineCpu", {
        metric: metric("EngineCPUUtilization", "Maximum", Duration.minutes(1)),
        threshold: 90,
        datapointsToAlarm: 3,
        evaluationPeriods: 5,
        meaning: "The one thread of Redis that runs commands is nearly saturated (percent): every caller waits.",
        runbookSection: "redis-engine-cpu",
        topic,
      });
      if (cache.maxmemoryPolicy === "noeviction")
        new RunbookAlarm(node, "Memory", {
          metric: metric("DatabaseMemoryUsagePercentage", "Maximum", Duration.minutes(1)),
          threshold: 80,
          datapointsToAlarm: 3,
          evaluationPeriods: 5,
          meaning: "Redis memory fills up (percent): when it is full, locks, sessions and limits are refused.",
          runbookSection: "redis-memory",
          topic,
        });
      // A store that evicts is always full, so memory says nothing: what it throws away does.
      else
        new RunbookAlarm(node, "Evictions", {
          metric: metric("Evictions", "Sum", Duration.minutes(5)),
          threshold: 100,
          datapointsToAlarm: 2,
          evaluationPeriods: 3,
          meaning:
            "Redis throws away values before their time (keys in 5 minutes): the memory is too small for the traffic.",
          runbookSection: "redis-memory",
          topic,
        });
    });
  }
}
