import { Stack } from "aws-cdk-lib";
import * as autoscaling from "aws-cdk-lib/aws-applicationautoscaling";
import { Construct } from "constructs";

/** How a group grows by itself. AWS lets it grow in one dimension, by one metric. */
export interface RedisAutoscaling {
  /** Shards, for writes and memory; or the replicas of each shard, for those who read from replicas, which the toolkit doesn't. */
  readonly of: "shards" | "replicas";
  /** The metric that is kept at `percent`: of the processor of primaries or, for replicas, of theirs; or the memory of shards. */
  readonly by: "cpu" | "memory";
  readonly percent: number;
  /** The least is what the group is made with, which must not be changed any more: a deploy would undo what was added since. */
  readonly most: number;
  /** Whether it becomes smaller again. @default false - which is safer until its load is known */
  readonly shrinks?: boolean;
}

const dimensions = {
  shards: "elasticache:replication-group:NodeGroups",
  replicas: "elasticache:replication-group:Replicas",
} as const;

const metrics = {
  shards: {
    cpu: "ElastiCachePrimaryEngineCPUUtilization",
    memory: "ElastiCacheDatabaseMemoryUsageCountedForEvictPercentage",
  },
  replicas: { cpu: "ElastiCacheReplicaEngineCPUUtilization", memory: undefined },
} as const;

export interface RedisScalingProps extends RedisAutoscaling {
  readonly groupId: string;
  readonly least: number;
}

/** Lets AWS add shards or replicas to a group as its load asks for them. */
export class RedisScaling extends Construct {
  constructor(scope: Construct, id: string, props: RedisScalingProps) {
    super(scope, id);
    const target = new autoscaling.CfnScalableTarget(this, "Target", {
      serviceNamespace: "elasticache",
      scalableDimension: dimensions[props.of],
      resourceId: `replication-group/${props.groupId}`,
      minCapacity: props.least,
      maxCapacity: props.most,
      // AWS' own, which it makes when it is missing.
      roleArn: Stack.of(this).formatArn({
        service: "iam",
        region: "",
        resource: "role/aws-service-role/elasticache.application-autoscaling.amazonaws.com",
        resourceName: "AWSServiceRoleForApplicationAutoScaling_ElastiCacheRG",
      }),
    });
    new autoscaling.CfnScalingPolicy(this, "Policy", {
      policyName: this.node.path.replaceAll("/", "-"),
      policyType: "TargetTrackingScaling",
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: metrics[props.of][props.by] ?? "" },
        targetValue: props.percent,
        disableScaleIn: !(props.shrinks ?? false),
      },
    });
  }
}

const families = /^cache\.(r5|m5|[rm]6g|r6gd|[rm]7g|r7gd|c7gn|[rm]8g|r8gd|c8gn)\.(large|xlarge|2xlarge)$/;

/** Finds what AWS refuses of it; each shows the value and the remedy. */
export function* findScalingMistakes(
  { of, by, percent, most }: RedisAutoscaling,
  group: {
    readonly nodeType: string;
    readonly clusterMode: boolean;
    readonly shards: number;
    readonly replicasPerShard: number;
  },
): Generator<string> {
  const [setting, least, limit] =
    of === "shards"
      ? (["shards", group.shards, 500] as const)
      : (["replicasPerShard", group.replicasPerShard, 5] as const);
  if (!group.clusterMode) yield `autoscaling is on without cluster mode: AWS scales clusters only, so set clusterMode`;
  if (!families.test(group.nodeType))
    yield `autoscaling is on with nodeType "${group.nodeType}": AWS scales the sizes large, xlarge and 2xlarge of families such as m7g and r7g, so use cache.m7g.large or leave autoscaling out`;
  if (of === "replicas" && by !== "cpu")
    yield `autoscaling.by is "${by}": replicas all hold the same, so more of them leave no memory free; use cpu, or shards`;
  if (!(percent >= 35 && percent <= 70)) yield `autoscaling.percent is ${percent}: use 35 to 70`;
  if (!Number.isInteger(most) || most <= least || most > limit)
    yield `autoscaling.most is ${most}: use a whole number above ${setting} (${least}), up to ${limit}`;
}
