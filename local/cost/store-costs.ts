/** Redis and PostgreSQL: nodes, disks, and what is kept of them. */
import * as z from "zod/mini";
import { type CostLine, type CostRule, hoursPerMonth, propertiesOf } from "./cost-line";

const count = z.coerce.number().check(z.nonnegative());

const ReplicationGroup = z.object({
  CacheNodeType: z.string(),
  Engine: z._default(z.string(), "redis"),
  NumNodeGroups: z._default(count, 1),
  ReplicasPerNodeGroup: z._default(count, 0),
  /** The other way to say how many nodes there are, of a group with one shard. */
  NumCacheClusters: z.optional(count),
  SnapshotRetentionLimit: z._default(count, 0),
});

const replicationGroup: CostRule = (resource, costing) => {
  const group = propertiesOf(ReplicationGroup, resource);
  const shards = group.NumNodeGroups;
  const nodes = group.NumCacheClusters ?? shards * (1 + group.ReplicasPerNodeGroup);
  const what = `${resource.logicalId}: ${nodes} × ${group.CacheNodeType}, ${group.Engine}`;
  const lines = [costing.line("Redis", what, nodes * hoursPerMonth, `${group.CacheNodeType} ${group.Engine}`)];
  const keptDays = Math.max(0, group.SnapshotRetentionLimit - 1); // the latest costs nothing
  if (keptDays > 0)
    lines.push(
      costing.line(
        "Redis",
        `${resource.logicalId}: snapshots kept ${keptDays} d beside the latest`,
        keptDays * shards * costing.ofStage.redisGBPerShard,
        "cache snapshot",
      ),
    );
  return lines;
};

const Instance = z.object({
  DBInstanceClass: z.string(),
  Engine: z.string(),
  MultiAZ: z._default(z.boolean(), false),
  AllocatedStorage: count,
  StorageType: z._default(z.string(), "gp2"),
  BackupRetentionPeriod: z._default(count, 1),
  ManageMasterUserPassword: z._default(z.boolean(), false),
});

const databaseInstance: CostRule = (resource, costing) => {
  const { Engine, DBInstanceClass, AllocatedStorage, ...instance } = propertiesOf(Instance, resource);
  const copies = instance.MultiAZ ? 2 : 1;
  const { diskInUse, diskChangedPerDay } = costing.traffic;
  const backupGB = AllocatedStorage * diskInUse * (1 + instance.BackupRetentionPeriod * diskChangedPerDay);
  const lines: CostLine[] = [
    costing.line(
      "PostgreSQL",
      `${copies} × ${DBInstanceClass}${copies > 1 ? ", one stands by" : ""}`,
      copies * hoursPerMonth,
      `${DBInstanceClass} ${Engine}`,
    ),
    costing.line(
      "PostgreSQL",
      `disk of ${AllocatedStorage} GB × ${copies}`,
      copies * AllocatedStorage,
      `database disk ${instance.StorageType}`,
    ),
    costing.line(
      "PostgreSQL",
      `backups kept ${instance.BackupRetentionPeriod} d, beyond the size of the disk`,
      Math.max(0, backupGB - AllocatedStorage),
      "database backup",
    ),
  ];
  if (instance.ManageMasterUserPassword)
    lines.push(costing.line("keys and secrets", "the master's password", 1, "secret"));
  return lines;
};

export const storeRules: Readonly<Record<string, CostRule>> = {
  "AWS::ElastiCache::ReplicationGroup": replicationGroup,
  "AWS::RDS::DBInstance": databaseInstance,
};
