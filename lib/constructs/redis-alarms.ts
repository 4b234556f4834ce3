import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { RedisCache } from "./redis-cache";
import { earlyAlarms, faultAlarms } from "./redis-node-alarms";
import { RunbookAlarm } from "./runbook-alarm";

export interface RedisAlarmsProps {
  readonly cache: RedisCache;
  /** Of its nodes, such as `cache.t4g.small`. */
  readonly nodeType: string;
  /** Whether it also warns of what nobody notices yet: 12 more metrics a node, or 11 with more than two processors. */
  readonly earlyWarnings: boolean;
  readonly topic: sns.ITopic;
}

/** Watches every node of a Redis group, under the name that it has with cluster mode or without. */
export class RedisAlarms extends Construct {
  constructor(scope: Construct, id: string, { cache, nodeType, earlyWarnings, topic }: RedisAlarmsProps) {
    super(scope, id);
    cache.nodeIds.forEach((nodeId, index) => {
      const node = new Construct(this, `Node${index + 1}`);
      const alarms = {
        ...faultAlarms(nodeId, cache.maxmemoryPolicy),
        ...(earlyWarnings && earlyAlarms(nodeId, nodeType)),
      };
      for (const [name, alarm] of Object.entries(alarms)) new RunbookAlarm(node, name, { ...alarm, topic });
    });
  }
}
