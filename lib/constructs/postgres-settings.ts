/** The choices that make one PostgreSQL instance, and what is wrong with some of them. */
import { findWindowMistakes } from "./time-windows";

/** The choices that differ between one database and another. */
export interface PostgresSettings {
  /** Without `db.`, such as `t4g.micro`. */
  readonly instanceClass: string;
  readonly allocatedGiB: number;
  /** Up to where AWS enlarges the disk by itself. */
  readonly maxAllocatedGiB: number;
  /** Whether a standby in another zone takes over. */
  readonly multiAz: boolean;
  readonly deletionProtection: boolean;
  /**
   * Whether functions share connections, through an RDS Proxy: for more environments than the instance has connections for. About
   * 22 USD a month for up to two processors. @default false
   */
  readonly proxy?: boolean;
  readonly backupRetentionDays: number;
  /** When backups are taken, in UTC. @default "02:00-03:00" */
  readonly backupWindow?: string;
  /** When AWS may patch, in UTC. @default "mon:05:00-mon:06:00" */
  readonly maintenanceWindow?: string;
}

/** The settings with the defaults filled in. */
export function completePostgresSettings(settings: PostgresSettings): Required<PostgresSettings> {
  return {
    ...settings,
    proxy: settings.proxy ?? false,
    backupWindow: settings.backupWindow ?? "02:00-03:00",
    maintenanceWindow: settings.maintenanceWindow ?? "mon:05:00-mon:06:00",
  };
}

/** Finds what CloudFormation would accept and AWS refuse much later; each shows the value and the remedy. */
export function* findPostgresMistakes(settings: Required<PostgresSettings>, name: string): Generator<string> {
  const { instanceClass, allocatedGiB, maxAllocatedGiB, backupRetentionDays } = settings;
  if (!/^[a-z0-9]+\.[a-z0-9]+$/.test(instanceClass))
    yield `instanceClass is "${instanceClass}": use a class without "db.", such as t4g.micro`;
  if (allocatedGiB < 20) yield `allocatedGiB is ${allocatedGiB}: gp3 disks have at least 20`;
  if (maxAllocatedGiB < allocatedGiB * 1.1)
    yield `maxAllocatedGiB is ${maxAllocatedGiB}: RDS wants it at least a tenth above allocatedGiB (${allocatedGiB})`;
  if (!Number.isInteger(backupRetentionDays) || backupRetentionDays < 1 || backupRetentionDays > 35)
    yield `backupRetentionDays is ${backupRetentionDays}: use 1 to 35, since 0 turns backups off`;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 54)
    yield `the instance's name would begin with "${name}": use up to 54 letters, digits and single hyphens in stack name and id together`;
  yield* findWindowMistakes({
    backup: settings.backupWindow,
    maintenance: settings.maintenanceWindow,
    minimumMinutes: 30,
  });
}
