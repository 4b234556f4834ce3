import { createCache } from "cache-manager";
import { type Entry, type Library, type OpenCache, type OpenOptions, ttlMs } from "../library";
import { keyvInProcess, keyvInRedis } from "./keyv";

/** `nonBlocking` against an outage. */
export const cacheManager: Library = {
  open<T extends Entry>({ tiers, endpoint, surviveOutage = false, load }: OpenOptions<T>): OpenCache<T> {
    const near = tiers === "redis" ? [] : [keyvInProcess()];
    const inRedis = tiers === "near" ? [] : [keyvInRedis(endpoint, "cache-manager", surviveOutage)];
    const cache = createCache({ ttl: ttlMs, stores: [...near, ...inRedis], nonBlocking: surviveOutage });
    return {
      get: (id) => cache.wrap(id, () => load(id)),
      getMany: (ids) => cache.mget<T>([...ids]),
      close: () => cache.disconnect(),
    };
  },
};
