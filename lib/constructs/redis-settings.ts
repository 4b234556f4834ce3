/** The choices that make one Redis group, and what follows from them. */
import type { RedisAutoscaling } from "./redis-autoscaling";
import type { RedisDurability } from "./redis-durability";

export type RedisEngine = "redis" | "valkey";

/** The choices that differ between one group and another. */
export interface RedisCacheSettings {
  /** To be chosen before the first deploy: later it would take a new group beside this one. @default "redis" */
  readonly engine?: RedisEngine;
  /** Such as `cache.t4g.small`. */
  readonly nodeType: string;
  /** What happens when memory is full: evict what was used least recently, or refuse writes. */
  readonly maxmemoryPolicy: "allkeys-lru" | "noeviction";
  /** Primaries, each with its own part of the keys. Can be changed later only if cluster mode was on from the start. @default 1 */
  readonly shards?: number;
  /** Copies of each primary, in other zones. To be chosen before the first deploy, as the engine. @default 1 */
  readonly replicasPerShard?: number;
  /** Whether clients must speak the cluster protocol; shards can then be added later. Can't be changed. @default - with several shards */
  readonly clusterMode?: boolean;
  /** What becomes of writes when a primary dies. Of Valkey, as 9.0 then. On or off is chosen before the first deploy. @default "disabled" */
  readonly durability?: RedisDurability;
  /** Lets AWS add shards or replicas. @default "off" */
  readonly autoscaling?: RedisAutoscaling | "off";
  /** @default 7 */
  readonly snapshotRetentionDays?: number;
  /** When snapshots are taken, in UTC. @default "03:00-04:00" */
  readonly snapshotWindow?: string;
  /** When AWS may patch, in UTC. @default "sun:05:00-sun:06:00" */
  readonly maintenanceWindow?: string;
}

/** The settings with the defaults filled in. */
export function completeRedisSettings(settings: RedisCacheSettings): Required<RedisCacheSettings> {
  const { shards = 1 } = settings;
  return {
    ...settings,
    shards,
    engine: settings.engine ?? "redis",
    replicasPerShard: settings.replicasPerShard ?? 1,
    clusterMode: settings.clusterMode ?? shards > 1,
    durability: settings.durability ?? "disabled",
    autoscaling: settings.autoscaling ?? "off",
    snapshotRetentionDays: settings.snapshotRetentionDays ?? 7,
    snapshotWindow: settings.snapshotWindow ?? "03:00-04:00",
    maintenanceWindow: settings.maintenanceWindow ?? "sun:05:00-sun:06:00",
  };
}

/**
 * What ElastiCache appends to the id of a group to name its nodes: `001`, in cluster mode `0001-001`. Of a group that grows by
 * itself, all that it may come to have.
 */
export function redisNodeNumbers(group: Required<RedisCacheSettings>): string[] {
  const upTo = (count: number, digits: number) =>
    Array.from({ length: count }, (_, index) => String(index + 1).padStart(digits, "0"));
  const { autoscaling } = group;
  const mostOf = (dimension: "shards" | "replicas", made: number) =>
    autoscaling !== "off" && autoscaling.of === dimension ? autoscaling.most : made;
  const nodes = upTo(1 + mostOf("replicas", group.replicasPerShard), 3);
  return group.clusterMode
    ? upTo(mostOf("shards", group.shards), 4).flatMap((shard) => nodes.map((node) => `${shard}-${node}`))
    : nodes;
}
