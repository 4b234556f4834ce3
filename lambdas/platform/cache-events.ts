import type { CacheEvent } from "@larder/toolkit";
import { logger } from "./logger";

/**
 * Logs that Redis was slow or failed. While it is known to be gone nothing is logged: that was said when it was lost.
 */
export function reportCacheEvent(event: CacheEvent): void {
  if (event.type === "unavailable" && (event.reason === "deadline" || event.reason === "failed"))
    logger.warn("redis gave the cache no answer", { ...event });
}
