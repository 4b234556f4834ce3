import type { operationsEnv } from "#contract/functions";
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import type * as z from "zod/mini";
import { Failovers } from "./failovers";
import type { GroupIds } from "./group-ids";
import { RedisGroupsKept } from "./redis-groups";

export interface OperationsServices {
  readonly redisGroups: RedisGroupsKept;
  readonly failovers: Failovers;
}

/** What one call may take: two of them, one after the other, end before the function's time does. */
const callTimeoutMs = 3_000;

export function buildServices({ CACHE_GROUP, STATE_GROUP }: z.infer<typeof operationsEnv>): OperationsServices {
  const elastiCache = new ElastiCacheClient({
    // Nothing is sent twice: a failover that was begun and not answered would be a second one.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: callTimeoutMs, throwOnRequestTimeout: true },
  });
  return operationsServices(elastiCache, { cache: CACHE_GROUP, state: STATE_GROUP });
}

export function operationsServices(elastiCache: ElastiCacheClient, ids: GroupIds): OperationsServices {
  return { redisGroups: new RedisGroupsKept(elastiCache, ids), failovers: new Failovers(elastiCache, ids) };
}
