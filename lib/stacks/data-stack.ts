import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { StageConfig } from "../config";
import { PageAlarm, pagingAlarmsOf } from "../constructs/page-alarm";
import { PostgresAlarms } from "../constructs/postgres-alarms";
import { PostgresDatabase } from "../constructs/postgres-database";
import type { PostgresEndpoint } from "../constructs/postgres-endpoint";
import { PostgresProxy } from "../constructs/postgres-proxy";
import { RedisAlarms } from "../constructs/redis-alarms";
import { RedisCache } from "../constructs/redis-cache";
import type { RedisCacheSettings } from "../constructs/redis-settings";
import { rightsIn } from "./redis-roles";

export interface DataStackProps extends StackProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  readonly encryptionKey: kms.IKey;
  readonly alarmTopic: sns.ITopic;
}

/** The stores. Redis by role: `cache` may be thrown away at any time, `state` never evicts. */
export class DataStack extends Stack {
  readonly cache: RedisCache;
  readonly state: RedisCache;
  readonly database: PostgresDatabase;
  /** Where functions connect to it; migrations go straight to the instance. */
  readonly databaseEndpoint: PostgresEndpoint;
  /** In alarm while one of the stack's alarms is that pages. */
  readonly page: cloudwatch.IAlarm;

  constructor(scope: Construct, id: string, { config, vpc, encryptionKey, alarmTopic, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: config.keepData });
    const shared = {
      vpc,
      encryptionKey,
      logRetention: config.logRetention,
      removalPolicy: config.keepData ? (RemovalPolicy.SNAPSHOT as const) : (RemovalPolicy.DESTROY as const),
    };
    const makeRedis = (id: "Cache" | "State", settings: RedisCacheSettings, stores: readonly ("cache" | "state")[]) => {
      const name = `larder-${config.name}-${id.toLowerCase()}`;
      const redis = new RedisCache(this, id, {
        ...shared,
        ...settings,
        name,
        keyPrefix: "larder",
        users: rightsIn(stores),
      });
      this.exportValue(redis.userId); // for other stacks: ours have users of their own
      const { nodeType } = settings;
      const { earlyWarnings } = config;
      new RedisAlarms(this, `${id}Alarms`, { cache: redis, nodeType, earlyWarnings, topic: alarmTopic });
      return redis;
    };

    const servesBoth = config.state === "cache";
    this.cache = makeRedis("Cache", config.cache, servesBoth ? ["cache", "state"] : ["cache"]);
    this.state = config.state === "cache" ? this.cache : makeRedis("State", config.state, ["state"]);
    this.database = new PostgresDatabase(this, "Database", { ...shared, ...config.database, databaseName: "larder" });
    this.exportValue(this.database.resourceId); // or nobody could take a proxy into use, or out of it again
    this.databaseEndpoint =
      config.database.proxy === true
        ? new PostgresProxy(this, "DatabaseProxy", { ...shared, database: this.database })
        : this.database;
    new PostgresAlarms(this, "DatabaseAlarms", {
      database: this.database,
      instanceClass: config.database.instanceClass,
      topic: alarmTopic,
    });
    this.page = new PageAlarm(this, "Page", {
      name: `${this.stackName}-page`,
      alarms: pagingAlarmsOf(this),
      meaning: "A store fails its callers, or is about to.",
    }).alarm;
  }
}
