import type { Stack } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import { workerEnvironments } from "../../lambdas/contract/functions";
import type { StageConfig } from "../config";
import { ApiFunction, type ApiFunctionProps, type FunctionName } from "../constructs/api-function";
import { DatabaseMigration } from "../constructs/database-migration";
import type { PostgresDatabase } from "../constructs/postgres-database";
import type { PostgresEndpoint } from "../constructs/postgres-endpoint";
import type { RedisCache } from "../constructs/redis-cache";
import { grantRedisOperations } from "../constructs/redis-operations";
import type { RedisRole } from "./redis-roles";
import {
  databaseEnvironment,
  redisEnvironment,
  replicationEnvironment,
  stateRedisEnvironment,
} from "./store-environment";

/** What every function of the stack has alike. */
export type SharedByFunctions = Pick<
  ApiFunctionProps<FunctionName>,
  "encryptionKey" | "alarmTopic" | "metricNamespace" | "logRetention" | "removalPolicy"
> & { readonly metricNamespace: string };

export interface ShopFunctionsProps {
  readonly config: StageConfig;
  readonly shared: SharedByFunctions;
  readonly vpc: ec2.IVpc;
  readonly cache: RedisCache;
  readonly state: RedisCache;
  /** For migrations. */
  readonly database: PostgresDatabase;
  /** For all others. */
  readonly databaseEndpoint: PostgresEndpoint;
  /** How the functions behind the API know what came through CloudFront. */
  readonly edge: Pick<ApiFunctionProps<"unmatched">["environment"], "EDGE_KEY_HASHES" | "DIRECT_CALLS"> | undefined;
}

/**
 * The functions of the shop, what each may reach, and the migration that runs before them. No construct of its own: they lie in the
 * stack itself, by whose name for them they keep their logs.
 */
export class ShopFunctions {
  readonly migration: DatabaseMigration;
  readonly catalog: ApiFunction<"catalog">;
  readonly accounts: ApiFunction<"accounts">;
  readonly checkout: ApiFunction<"checkout">;
  readonly leaderboards: ApiFunction<"leaderboards">;
  readonly authorizer: ApiFunction<"authorizer">;
  readonly coordination: ApiFunction<"coordination">;
  readonly worker: ApiFunction<"worker">;
  readonly operations: ApiFunction<"operations">;
  readonly unmatched: ApiFunction<"unmatched">;

  constructor(
    stack: Stack,
    { config, shared, vpc, cache, state, database, databaseEndpoint, edge }: ShopFunctionsProps,
  ) {
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

    this.migration = new DatabaseMigration(stack, "Migration", {
      ...shared,
      vpc,
      database,
      appRole,
      secretsEndpointZones: config.secretsEndpointZones,
    });
    this.catalog = new ApiFunction(stack, "Catalog", {
      ...stores,
      name: "catalog",
      environment: { ...storesOf("catalog"), ...edge },
      errorImpact: "films can't be listed or shown",
    });
    this.accounts = new ApiFunction(stack, "Accounts", {
      ...stores,
      name: "accounts",
      environment: { ...storesOf("accounts"), ...replicationEnvironment(state), ...edge },
      errorImpact: "users can't be shown",
    });
    this.checkout = new ApiFunction(stack, "Checkout", {
      ...stores,
      name: "checkout",
      environment: {
        ...stateRedisEnvironment(state, "checkout"),
        ...databaseEnvironment(databaseEndpoint, appRole),
        ...edge,
      },
      errorImpact: "nothing can be ordered; an order that was begun is finished when it is sent again",
    });
    this.leaderboards = new ApiFunction(stack, "Leaderboards", {
      ...stores,
      name: "leaderboards",
      environment: { ...storesOf("leaderboards"), ...edge },
      errorImpact: "the best-selling films can't be shown",
    });
    this.authorizer = new ApiFunction(stack, "Authorizer", {
      ...shared,
      vpc,
      memoryMiB: config.functions.memoryMiB,
      timeoutSeconds: 5, // API Gateway gives up after 10
      name: "authorizer",
      environment: { ...stateRedisEnvironment(state, "authorizer"), ...edge },
      errorImpact: "routes for those who are signed in are answered 500",
    });
    this.coordination = new ApiFunction(stack, "Coordination", {
      ...shared,
      ...config.functions,
      vpc,
      name: "coordination",
      environment: { ...stateRedisEnvironment(state, "coordination"), ...replicationEnvironment(state), ...edge },
      errorImpact:
        "services can't ask for limits and locks, administrators can't look after queues, and the API's description isn't served",
    });
    this.worker = new ApiFunction(stack, "Worker", {
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
    this.operations = new ApiFunction(stack, "Operations", {
      ...shared,
      ...config.functions,
      name: "operations",
      environment: { CACHE_GROUP: cache.groupId, STATE_GROUP: state.groupId, ...edge },
      errorImpact: "administrators can't see how Redis is kept, nor try a failover",
    });
    grantRedisOperations([...new Set([cache, state])], this.operations.function);
    this.unmatched = new ApiFunction(stack, "Unmatched", {
      ...shared,
      ...config.functions,
      name: "unmatched",
      environment: { ...edge },
      errorImpact: "unknown addresses are answered 500 instead of 404 or 405",
    });
    const { catalog, accounts, checkout, leaderboards, authorizer, coordination, worker } = this;
    for (const [role, { function: user }] of Object.entries({ catalog, accounts, leaderboards, worker }))
      for (const redis of new Set([cache, state])) redis.grantConnect(user, redis.userIdOf(role));
    for (const [role, { function: user }] of Object.entries({ authorizer, checkout, coordination }))
      state.grantConnect(user, state.userIdOf(role));
    for (const { function: user } of [catalog, accounts, checkout, leaderboards, worker]) {
      databaseEndpoint.grantConnect(user, appRole);
      this.migration.runBefore(user);
    }
  }
}

/** The role of PostgreSQL that the functions sign in as; the migration creates it. */
const appRole = "larder_app";
