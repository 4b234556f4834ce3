/** What differs between the stages. Edit the values here; what a value means is said in the type. */
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { DomainSettings, FirewallSettings } from "./constructs/edge-settings";
import type { PostgresSettings } from "./constructs/postgres-settings";
import type { RedisCacheSettings } from "./constructs/redis-settings";

export interface StageConfig {
  /** Names the stage and, as `larder-<name>-…`, its stacks. */
  readonly name: string;
  readonly region: string;
  /** At least two, of that region: the copies of each store lie in different ones. */
  readonly availabilityZones: readonly string[];
  /** Whether data, logs and keys outlive their stack, and stacks refuse to be deleted. */
  readonly keepData: boolean;
  /** The group that caches, and may evict if `state` has a group of its own. */
  readonly cache: RedisCacheSettings;
  /** The group of locks, sessions, limits and queues. `"cache"`: the cache's group serves them too, and must not evict. Choose before the first deploy. */
  readonly state: RedisCacheSettings | "cache";
  readonly database: PostgresSettings;
  readonly api: {
    readonly requestsPerSecond: number;
    /** How many requests may come at once before the rate counts. */
    readonly burst: number;
    /** Pages of these origins may call the API from a browser: `https://shop.example.com`, or `*` alone for all. */
    readonly corsOrigins: readonly string[];
  };
  /** A name of your own for the API, through CloudFront. Left out, it has those that AWS gives it. */
  readonly domain?: DomainSettings;
  /** A firewall before the API, through CloudFront; about 10 USD a month and 0.60 for a million requests. Left out, there is none. */
  readonly waf?: FirewallSettings;
  /** Raise it by one to have CloudFront prove itself to the functions by a new key; the one before is accepted until the next time. @default 1 */
  readonly edgeKey?: number;
  readonly functions: {
    readonly memoryMiB: number;
    readonly timeoutSeconds: number;
  };
  /**
   * How long each run of the worker, one a minute, works at the queues. From 60 on there is always one at work, and a job waits
   * for milliseconds; 125 lets two overlap. With 0 a run ends when the queues are empty, and a job waits for up to two minutes. At
   * most 125.
   */
  readonly workerRunSeconds: number;
  /**
   * How many environments of each function that uses the stores may run at once; the worker has three. Each holds a connection
   * to PostgreSQL, and together they must leave a fifth of those it has. Left out, the account's limit counts, and nobody checks: a new account
   * may have no more than 10 in all.
   */
  readonly environmentsPerFunction?: number;
  /**
   * How new versions of catalog and checkout come to callers: `canary` gives them to a tenth first, to all after five minutes, and takes them
   * back if they fail. While a change of it is deployed, requests to the two may fail for some seconds.
   */
  readonly release: "canary" | "at-once";
  readonly logRetention: RetentionDays;
  /** Zones with an endpoint of Secrets Manager, which migrations need; about 7 USD a month each. */
  readonly secretsEndpointZones: number;
  /** How buyers get their mail. Left out, none is sent: it lies in a table for 30 days. */
  readonly mail?: {
    /** SES of the region must have verified it, or its domain, and sends to everybody only once your account may leave its sandbox. */
    readonly from: string;
    /** Zones with an endpoint of SES; about 7 USD a month each. While the only one is gone, mail waits. */
    readonly endpointZones: number;
  };
  /** Whether alarms of Redis also warn of what nobody notices yet; about 1.20 USD a month for each node. */
  readonly earlyWarnings: boolean;
  /** Where people read docs/runbook.md, so that the dashboard can link to its sections. Left out, it names them. */
  readonly runbookUrl?: string;
  /** Who is told of alarms; that address must confirm the subscription. */
  readonly alarmEmail?: string;
}

const dev: StageConfig = {
  name: "dev",
  region: "us-east-2",
  availabilityZones: ["us-east-2a", "us-east-2b"],
  keepData: false,
  cache: { nodeType: "cache.t4g.micro", maxmemoryPolicy: "noeviction", snapshotRetentionDays: 1 },
  state: "cache",
  database: {
    instanceClass: "t4g.micro",
    allocatedGiB: 20,
    maxAllocatedGiB: 50,
    multiAz: false,
    deletionProtection: false,
    backupRetentionDays: 1,
  },
  api: {
    requestsPerSecond: 50,
    burst: 100,
    corsOrigins: ["http://localhost:3000", "http://localhost:5173"], // pages being developed
  },
  functions: { memoryMiB: 512, timeoutSeconds: 10 },
  workerRunSeconds: 0,
  release: "at-once",
  logRetention: RetentionDays.ONE_WEEK,
  secretsEndpointZones: 1,
  earlyWarnings: false,
};

const prod: StageConfig = {
  name: "prod",
  region: "us-east-2",
  availabilityZones: ["us-east-2a", "us-east-2b", "us-east-2c"],
  keepData: true,
  cache: {
    nodeType: "cache.t4g.medium",
    shards: 2,
    maxmemoryPolicy: "allkeys-lru",
    snapshotRetentionDays: 7,
    maintenanceWindow: "sun:05:00-sun:06:00",
  },
  state: {
    nodeType: "cache.t4g.small",
    replicasPerShard: 2,
    maxmemoryPolicy: "noeviction",
    snapshotRetentionDays: 7,
    // Another day than the cache's: one of the two stores is always whole.
    maintenanceWindow: "tue:05:00-tue:06:00",
  },
  database: {
    instanceClass: "t4g.medium",
    allocatedGiB: 50,
    maxAllocatedGiB: 500,
    multiAz: true,
    deletionProtection: true,
    backupRetentionDays: 14,
  },
  api: { requestsPerSecond: 1_000, burst: 2_000, corsOrigins: [] },
  functions: { memoryMiB: 1_024, timeoutSeconds: 10 },
  workerRunSeconds: 125,
  environmentsPerFunction: 80, // of four functions, and three of the worker: of some 400 connections of a t4g.medium they leave a fifth
  release: "canary",
  logRetention: RetentionDays.THREE_MONTHS,
  secretsEndpointZones: 2,
  earlyWarnings: true,
};

export const stages: readonly StageConfig[] = [dev, prod];
