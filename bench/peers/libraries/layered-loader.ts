import { Loader, RedisCache } from "layered-loader";
import { type Entry, type Library, mostEntries, type OpenCache, type OpenOptions, ttlMs } from "../library";
import { connect } from "./ioredis";

/** `timeoutInMsecs` against an outage, as long as Larder's deadline. */
export const layeredLoader: Library = {
  open<T extends Entry>({ tiers, endpoint, surviveOutage, load, loadMany }: OpenOptions<T>): OpenCache<T> {
    const redis = tiers === "near" ? undefined : connect(endpoint);
    const timeoutInMsecs = surviveOutage ? 50 : undefined;
    const loader = new Loader<T>({
      inMemoryCache: tiers === "redis" ? false : { ttlInMsecs: ttlMs, maxItems: mostEntries },
      asyncCache: redis && new RedisCache<T>(redis, { json: true, ttlInMsecs: ttlMs, timeoutInMsecs }),
      dataSourceGetOneFn: load,
      dataSourceGetManyFn: async (ids) => [...(await loadMany(ids)).values()],
      cacheKeyFromValueResolver: ({ id }) => id,
    });
    return {
      get: async (id) => (await loader.get(id)) ?? undefined,
      getMany: (ids) => loader.getMany([...ids], undefined),
      close: () => redis?.disconnect(),
    };
  },
};
