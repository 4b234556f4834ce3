import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { metricNamespaceOf } from "../../lambdas/contract/metrics";
import type { StageConfig } from "../config";
import { apiWidgets } from "../constructs/api-widgets";
import { cacheWidgets } from "../constructs/cache-widgets";
import { coordinationWidgets } from "../constructs/coordination-widgets";
import { OperationsDashboard } from "../constructs/operations-dashboard";
import { PageAlarm } from "../constructs/page-alarm";
import { postgresWidgets } from "../constructs/postgres-widgets";
import { redisWidgets } from "../constructs/redis-widgets";
import type { ApiStack } from "./api-stack";
import type { DataStack } from "./data-stack";

export interface OperationsStackProps extends StackProps {
  readonly config: StageConfig;
  readonly alarmTopic: sns.ITopic;
  readonly data: DataStack;
  readonly api: ApiStack;
}

/**
 * What looks at everything else: the one alarm to be woken by, and the dashboard.
 *
 * It takes from each stack the one alarm that looks at those of that stack. An alarm taken from here could never be removed: its
 * export would be in use.
 */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { config, alarmTopic, data, api, ...props }: OperationsStackProps) {
    super(scope, id, { ...props, terminationProtection: config.keepData });
    const page = new PageAlarm(this, "Page", {
      name: `${this.stackName}-page`,
      alarms: [data.page, api.page],
      meaning: "Somebody must look now: callers are failed, or are about to be.",
      topic: alarmTopic,
    }).alarm;

    const namespace = metricNamespaceOf(config.name);
    const { cache, state, database } = data;
    const { instanceClass } = config.database;
    new OperationsDashboard(this, "Overview", {
      name: this.stackName,
      alarms: [page, data.page, api.page],
      runbookUrl: config.runbookUrl,
      parts: [
        {
          title: "API",
          runbookSections: [
            "api-server-errors",
            "api-latency",
            "function-errors",
            "function-throttles",
            "function-silence",
            "release-rolled-back",
          ],
          widgets: apiWidgets({ apiId: api.apiId, stackName: api.stackName }),
        },
        { title: "Cache", runbookSections: ["cache-bypassed"], widgets: cacheWidgets(namespace) },
        {
          title: "Limits, locks and queues",
          runbookSections: ["limits-uncounted", "locks-lost", "queue-age", "dead-letters"],
          widgets: coordinationWidgets(namespace),
        },
        {
          title: "Redis",
          runbookSections: redisSections,
          widgets: [...redisWidgets("cache", cache), ...(state === cache ? [] : redisWidgets("state", state))],
        },
        {
          title: "PostgreSQL",
          runbookSections: postgresSections,
          widgets: postgresWidgets({ instanceId: database.instanceId, instanceClass }),
        },
      ],
    });
    new CfnOutput(this, "PageAlarm", { value: page.alarmName });
    new CfnOutput(this, "AlarmTopic", { value: alarmTopic.topicArn });
  }
}

const redisSections = [
  "redis-engine-cpu",
  "redis-memory",
  "redis-connections",
  "redis-replication-lag",
  "redis-throttled",
  "redis-latency",
  "redis-access",
];
const postgresSections = [
  "postgres-cpu",
  "postgres-cpu-credits",
  "postgres-connections",
  "postgres-free-storage",
  "postgres-memory",
  "postgres-disk-latency",
  "postgres-sign-in",
  "postgres-transaction-ids",
];
