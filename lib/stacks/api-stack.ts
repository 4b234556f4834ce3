import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { workerEnvironments } from "../../lambdas/contract/functions";
import { metricNamespaceOf } from "../../lambdas/contract/metrics";
import type { StageConfig } from "../config";
import { ApiEdge } from "../constructs/api-edge";
import { ApiFunction, type ApiFunctionProps, type FunctionName, serviceOf } from "../constructs/api-function";
import { DatabaseMigration } from "../constructs/database-migration";
import { EdgeKey } from "../constructs/edge-key";
import { FunctionSchedule } from "../constructs/function-schedule";
import { HttpApi } from "../constructs/http-api";
import { MailSending } from "../constructs/mail-sending";
import { PageAlarm, pagingAlarmsOf } from "../constructs/page-alarm";
import type { PostgresDatabase } from "../constructs/postgres-database";
import type { PostgresEndpoint } from "../constructs/postgres-endpoint";
import { QueueAlarms } from "../constructs/queue-alarms";
import type { RedisCache } from "../constructs/redis-cache";
import { grantRedisOperations } from "../constructs/redis-operations";
import { ThrottleAlarm } from "../constructs/throttle-alarm";
import { ToolkitAlarms } from "../constructs/toolkit-alarms";
import type { RedisRole } from "./redis-roles";
import {
  databaseEnvironment,
  redisEnvironment,
  replicationEnvironment,
  stateRedisEnvironment,
} from "./store-environment";

export interface ApiStackProps extends StackProps {
  readonly config: StageConfig;
  readonly vpc: ec2.IVpc;
  readonly encryptionKey: kms.IKey;
  readonly alarmTopic: sns.ITopic;
  readonly cache: RedisCache;
  /** May be the cache's group. */
  readonly state: RedisCache;
  /** For migrations. */
  readonly database: PostgresDatabase;
  /** For all others. */
  readonly databaseEndpoint: PostgresEndpoint;
  /** The web ACL of CloudFront. @default - none */
  readonly firewallArn?: string;
}

/**
 * The functions, the migration that runs before them, the worker's schedule and mail, the HTTP API in front, and before that CloudFront
 * where a stage has a domain or a firewall.
 */
export class ApiStack extends Stack {
  readonly apiId: string;
  /** In alarm while one of the stack's alarms is that pages. */
  readonly page: cloudwatch.IAlarm;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    const {
      config,
      vpc,
      encryptionKey,
      alarmTopic,
      cache,
      state,
      database,
      databaseEndpoint,
      firewallArn,
      ...stackProps
    } = props;
    super(scope, id, { ...stackProps, terminationProtection: config.keepData });

    const shared = {
      encryptionKey,
      alarmTopic,
      metricNamespace: metricNamespaceOf(config.name),
      logRetention: config.logRetention,
      removalPolicy: config.keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    };
    const edgeKey = this.edgeKeyOf(config, shared);
    const edge = edgeKey && {
      EDGE_KEY_HASHES: edgeKey.hashes,
      DIRECT_CALLS: config.waf?.action === "block" ? ("refused" as const) : ("answered" as const),
    };
    const stores = {
      ...shared,
      ...config.functions,
      reservedConcurrency: config.environmentsPerFunction,
      vpc,
      data: ["authorities"],
    } as const;
    const storesOf = (role: RedisRole) => ({
      ...redisEnvironment(cache, role),
      ...stateRedisEnvironment(state, role),
      ...databaseEnvironment(databaseEndpoint, appRole),
    });

    const migration = new DatabaseMigration(this, "Migration", {
      ...shared,
      vpc,
      database,
      appRole,
      secretsEndpointZones: config.secretsEndpointZones,
    });
    const catalog = new ApiFunction(this, "Catalog", {
      ...stores,
      name: "catalog",
      environment: { ...storesOf("catalog"), ...edge },
      errorImpact: "films can't be listed or shown",
    });
    const accounts = new ApiFunction(this, "Accounts", {
      ...stores,
      name: "accounts",
      environment: { ...storesOf("accounts"), ...replicationEnvironment(state), ...edge },
      errorImpact: "users can't be shown",
    });
    const checkout = new ApiFunction(this, "Checkout", {
      ...stores,
      name: "checkout",
      environment: {
        ...stateRedisEnvironment(state, "checkout"),
        ...databaseEnvironment(databaseEndpoint, appRole),
        ...edge,
      },
      errorImpact: "nothing can be ordered; an order that was begun is finished when it is sent again",
    });
    const leaderboards = new ApiFunction(this, "Leaderboards", {
      ...stores,
      name: "leaderboards",
      environment: { ...storesOf("leaderboards"), ...edge },
      errorImpact: "the best-selling films can't be shown",
    });
    const authorizer = new ApiFunction(this, "Authorizer", {
      ...shared,
      vpc,
      memoryMiB: config.functions.memoryMiB,
      timeoutSeconds: 5, // API Gateway gives up after 10
      name: "authorizer",
      environment: { ...stateRedisEnvironment(state, "authorizer"), ...edge },
      errorImpact: "routes for those who are signed in are answered 500",
    });
    const coordination = new ApiFunction(this, "Coordination", {
      ...shared,
      ...config.functions,
      vpc,
      name: "coordination",
      environment: { ...stateRedisEnvironment(state, "coordination"), ...replicationEnvironment(state), ...edge },
      errorImpact:
        "services can't ask for limits and locks, administrators can't look after queues, and the API's description isn't served",
    });
    const worker = new ApiFunction(this, "Worker", {
      ...stores,
      // Without a limit for the others the account is taken to be a new one, in which nothing can be reserved.
      reservedConcurrency: config.environmentsPerFunction === undefined ? undefined : workerEnvironments,
      memoryMiB: 256, // nobody waits for it, and in prod two are always at work
      timeoutSeconds: config.workerRunSeconds + 30, // for what comes before the jobs, and the last of them
      name: "worker",
      environment: {
        ...storesOf("worker"),
        WORKER_RUN_SECONDS: String(config.workerRunSeconds),
        MAIL_FROM: config.mail?.from,
      },
      errorImpact:
        "confirmations, boards and orders left open wait, and what Redis wasn't told of changes is told it later: old values may be served until then",
    });
    // Outside the network, where ElastiCache's API would need an endpoint of its own; so it reaches no Redis itself.
    const operations = new ApiFunction(this, "Operations", {
      ...shared,
      ...config.functions,
      name: "operations",
      environment: { CACHE_GROUP: cache.groupId, STATE_GROUP: state.groupId, ...edge },
      errorImpact: "administrators can't see how Redis is kept, nor try a failover",
    });
    grantRedisOperations([...new Set([cache, state])], operations.function);
    const unmatched = new ApiFunction(this, "Unmatched", {
      ...shared,
      ...config.functions,
      name: "unmatched",
      environment: { ...edge },
      errorImpact: "unknown addresses are answered 500 instead of 404 or 405",
    });
    for (const [role, { function: user }] of Object.entries({ catalog, accounts, leaderboards, worker }))
      for (const redis of new Set([cache, state])) redis.grantConnect(user, redis.userIdOf(role));
    for (const [role, { function: user }] of Object.entries({ authorizer, checkout, coordination }))
      state.grantConnect(user, state.userIdOf(role));
    for (const { function: user } of [catalog, accounts, checkout, leaderboards, worker]) {
      databaseEndpoint.grantConnect(user, appRole);
      migration.runBefore(user);
    }
    const schedule = new FunctionSchedule(this, "WorkerSchedule", {
      function: worker.function,
      name: "worker",
      silenceImpact: "orders left open stay so, and what Redis wasn't told of changes waits for requests to tell it",
      alarmTopic,
    });
    // The first run comes when its role, and every rule on its way to the stores, is there.
    schedule.node.addDependency(worker);
    if (config.mail !== undefined)
      schedule.node.addDependency(
        new MailSending(this, "Mail", { ...config.mail, vpc, sender: worker.function, senderRole: worker.role }),
      );
    new QueueAlarms(this, "OrderJobs", {
      queue: "orders",
      metricNamespace: shared.metricNamespace,
      service: serviceOf("worker"),
      impact: "orders are paid, but their buyers aren't told, or boards don't show them",
      topic: alarmTopic,
    });

    const api = new HttpApi(this, "HttpApi", {
      ...shared,
      ...config.api,
      functions: {
        catalog: catalog.function,
        accounts: accounts.function,
        checkout: checkout.function,
        leaderboards: leaderboards.function,
        coordination: coordination.function,
        operations: operations.function,
      },
      authorizer: authorizer.function,
      unmatched: unmatched.function,
    });
    this.apiId = api.apiId;
    const behindTheApi = [catalog, accounts, checkout, leaderboards, authorizer, coordination, operations, unmatched];
    new ThrottleAlarm(this, "Room", {
      functions: behindTheApi.map((each) => each.function),
      topic: alarmTopic,
    });
    new ToolkitAlarms(this, "Toolkit", { metricNamespace: shared.metricNamespace, topic: alarmTopic });
    this.page = new PageAlarm(this, "Page", {
      name: `${this.stackName}-page`,
      alarms: pagingAlarmsOf(this),
      meaning: "The API fails its callers, or jobs aren't done.",
    }).alarm;
    new CfnOutput(this, "MigrateFunction", { value: migration.functionName });
    if (edgeKey === undefined) {
      new CfnOutput(this, "ApiUrl", { value: api.url });
      return;
    }
    const front = new ApiEdge(this, "Edge", {
      apiId: api.apiId,
      keyValue: edgeKey.value,
      domain: config.domain,
      firewallArn,
    });
    // A new key is sent when every function knows it.
    for (const each of behindTheApi) front.node.addDependency(each.function);
    new CfnOutput(this, "ApiUrl", { value: front.url });
    new CfnOutput(this, "EdgeTarget", { value: front.target });
  }

  private edgeKeyOf(
    { domain, waf, edgeKey = 1 }: StageConfig,
    { encryptionKey, alarmTopic, logRetention, removalPolicy }: SharedByFunctions,
  ): EdgeKey | undefined {
    if (domain === undefined && waf === undefined) return undefined;
    const hasher = new ApiFunction(this, "EdgeKeyHasher", {
      encryptionKey,
      alarmTopic,
      logRetention,
      removalPolicy,
      name: "edge-key",
      environment: {},
      memoryMiB: 256,
      timeoutSeconds: 30,
      errorImpact: "a deploy that gives CloudFront a new key doesn't end",
    });
    return new EdgeKey(this, "EdgeKey", {
      generation: edgeKey,
      hasher: hasher.function,
      hasherRole: hasher.role,
      encryptionKey,
    });
  }
}

type SharedByFunctions = Pick<
  ApiFunctionProps<FunctionName>,
  "encryptionKey" | "alarmTopic" | "logRetention" | "removalPolicy"
>;

/** The role of PostgreSQL that the functions sign in as; the migration creates it. */
const appRole = "larder_app";
