/** In the process only. */
import { LRUCache } from "lru-cache";
import { type Entry, type Library, mostEntries, type OpenCache, type OpenOptions, ttlMs } from "../library";

export const lruCache: Library = { open: (options) => lru(options, { ttl: ttlMs }) };

/** The least that a cache can do: nothing expires. */
export const lruCacheWithoutTtl: Library = { open: (options) => lru(options, {}) };

function lru<T extends Entry>(
  { tiers, load }: OpenOptions<T>,
  options: { readonly ttl?: number },
): OpenCache<T> | undefined {
  if (tiers !== "near") return undefined;
  const cache = new LRUCache<string, T>({ max: mostEntries, ...options });
  const fill = async (id: string) => {
    const value = await load(id);
    cache.set(id, value);
    return value;
  };
  return { get: (id) => cache.get(id) ?? fill(id), close: () => cache.clear() };
}
