import { maxConcurrentLoads } from "#contract/database-load";
import { type CacheEvent, type RedisClient, SharedCache, type SharedCacheOptions } from "@larder/toolkit";
import type { Invocation } from "./invocation";
import { logger } from "./logger";
import type { FunctionMetrics } from "./metrics";

/**
 * The cache of one environment: nothing of it outlasts an invocation, and what it tells is counted.
 *
 * @param refreshLater takes what is due. @default - the invocation that found it loads it behind its answer
 */
export function openCache(
  redis: RedisClient,
  invocation: Invocation,
  metrics: FunctionMetrics,
  refreshLater?: SharedCacheOptions["refreshLater"],
): SharedCache {
  return new SharedCache({
    redis,
    invocation,
    refreshLater,
    maxConcurrentLoads,
    onEvent: (event) => {
      metrics.countCache(event);
      logUnavailable(event);
    },
  });
}

/** While Redis is known to be gone nothing is logged: that was said when it was lost. */
function logUnavailable(event: CacheEvent): void {
  if (event.type === "unavailable" && (event.reason === "deadline" || event.reason === "failed"))
    logger.warn("redis gave the cache no answer", { ...event });
}
