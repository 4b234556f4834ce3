import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { metricNamespaceOf } from "../../lambdas/contract/metrics";
import type { StageConfig } from "../config";
import { ApiEdge } from "../constructs/api-edge";
import { ApiFunction, serviceOf } from "../constructs/api-function";
import { CanaryReleases } from "../constructs/canary-releases";
import { EdgeKey } from "../constructs/edge-key";
import { FunctionSchedule } from "../constructs/function-schedule";
import { HttpApi } from "../constructs/http-api";
import { MailSending } from "../constructs/mail-sending";
import { PageAlarm, pagingAlarmsOf } from "../constructs/page-alarm";
import type { PostgresDatabase } from "../constructs/postgres-database";
import type { PostgresEndpoint } from "../constructs/postgres-endpoint";
import { QueueAlarms } from "../constructs/queue-alarms";
import type { RedisCache } from "../constructs/redis-cache";
import { ThrottleAlarm } from "../constructs/throttle-alarm";
import { ToolkitAlarms } from "../constructs/toolkit-alarms";
import { type SharedByFunctions, ShopFunctions } from "./shop-functions";

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
 * The functions, the worker's schedule and mail, the HTTP API in front and how new versions come to its callers, and before that CloudFront
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
    const functions = new ShopFunctions(this, { config, shared, vpc, cache, state, database, databaseEndpoint, edge });
    const { catalog, accounts, checkout, leaderboards, coordination, operations, authorizer, unmatched, worker } =
      functions;
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

    const released =
      config.release === "canary" ? new CanaryReleases(this, "Release", { ...shared, catalog, checkout }) : undefined;
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
        ...released?.aliases,
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
    new CfnOutput(this, "MigrateFunction", { value: functions.migration.functionName });
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
    // A new key is sent when every function knows it, in the version that is called.
    for (const each of behindTheApi) front.node.addDependency(each.function);
    if (released !== undefined) front.node.addDependency(released);
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
