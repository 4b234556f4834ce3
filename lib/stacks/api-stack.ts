import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { StageConfig } from "../config";
import { ApiFunction } from "../constructs/api-function";
import { DatabaseMigration } from "../constructs/database-migration";
import { HttpApi } from "../constructs/http-api";
import type { PostgresDatabase } from "../constructs/postgres-database";
import type { RedisCache } from "../constructs/redis-cache";
import { databaseEnvironment, redisEnvironment } from "./store-environment";

export interface ApiStackProps extends StackProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  readonly encryptionKey: kms.IKey;
  readonly alarmTopic: sns.ITopic;
  readonly cache: RedisCache;
  readonly database: PostgresDatabase;
}

/** The functions, the migration that runs before them, and the HTTP API in front. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, props: ApiStackProps) {
    const { config, vpc, encryptionKey, alarmTopic, cache, database, ...stackProps } = props;
    super(scope, id, { ...stackProps, terminationProtection: config.keepData });

    const shared = {
      encryptionKey,
      alarmTopic,
      logRetention: config.logRetention,
      removalPolicy: config.keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    };
    const stores = {
      ...shared,
      ...config.functions,
      reservedConcurrency: config.environmentsPerFunction,
      vpc,
      environment: { ...redisEnvironment(cache), ...databaseEnvironment(database, appRole) },
      data: ["authorities"],
    } as const;

    const migration = new DatabaseMigration(this, "Migration", {
      ...shared,
      vpc,
      database,
      appRole,
      seedUsers: config.seedUsers,
      adminName: config.adminName,
      secretsEndpointZones: config.secretsEndpointZones,
    });
    const catalog = new ApiFunction(this, "Catalog", {
      ...stores,
      name: "catalog",
      errorImpact: "films can't be listed or shown",
    });
    const accounts = new ApiFunction(this, "Accounts", {
      ...stores,
      name: "accounts",
      errorImpact: "users can't be shown",
    });
    const unmatched = new ApiFunction(this, "Unmatched", {
      ...shared,
      ...config.functions,
      name: "unmatched",
      environment: {},
      errorImpact: "unknown addresses are answered 500 instead of 404 or 405",
    });
    for (const { function: user } of [catalog, accounts]) {
      cache.grantConnect(user);
      database.grantConnect(user, appRole);
      migration.runBefore(user);
    }

    const api = new HttpApi(this, "HttpApi", {
      ...shared,
      ...config.api,
      functions: { catalog: catalog.function, accounts: accounts.function },
      unmatched: unmatched.function,
    });
    new CfnOutput(this, "ApiUrl", { value: api.url });
  }
}

/** The role of PostgreSQL that the functions sign in as; the migration creates it. */
const appRole = "larder_app";
