import { Cacheable } from "cacheable";
import { type Entry, type Library, type OpenCache, type OpenOptions, ttlMs } from "../library";
import { keyvInProcess, keyvInRedis } from "./keyv";

/** `nonBlocking` against an outage. */
export const cacheable: Library = {
  open<T extends Entry>({ tiers, endpoint, surviveOutage = false, load }: OpenOptions<T>): OpenCache<T> {
    const inRedis = tiers === "near" ? undefined : keyvInRedis(endpoint, "cacheable", surviveOutage);
    const cache = new Cacheable({
      ttl: ttlMs,
      nonBlocking: surviveOutage,
      ...(tiers === "redis" ? { primary: inRedis } : { primary: keyvInProcess(), secondary: inRedis }),
    });
    return {
      get: (id) => cache.getOrSet(id, () => load(id)),
      getMany: (ids) => cache.getMany<T>([...ids]),
      close: () => cache.disconnect(),
    };
  },
};
