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
import { RedisAlarms } from "../constructs/redis-alarms";
import { RedisCache } from "../constructs/redis-cache";
import type { RedisCacheSettings } from "../constructs/redis-settings";

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
    const makeRedis = (role: "Cache" | "State", settings: RedisCacheSettings) => {
      const name = `larder-${config.name}-${role.toLowerCase()}`;
      const redis = new RedisCache(this, role, { ...shared, ...settings, name, keyPrefix: "larder" });
      const { nodeType } = settings;
      const { earlyWarnings } = config;
      new RedisAlarms(this, `${role}Alarms`, { cache: redis, nodeType, earlyWarnings, topic: alarmTopic });
      return redis;
    };

    this.cache = makeRedis("Cache", config.cache);
    this.state = config.state === "cache" ? this.cache : makeRedis("State", config.state);
    this.database = new PostgresDatabase(this, "Database", { ...shared, ...config.database, databaseName: "larder" });
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
