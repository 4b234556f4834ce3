import type { Library } from "../library";

/** Each is imported only by the process that measures it. In the order of the table. */
const libraries: Readonly<Record<string, () => Promise<Library>>> = {
  Larder: async () => (await import("./larder")).larder,
  ioredis: async () => (await import("./ioredis")).ioredis,
  "ioredis, autopipelined": async () => (await import("./ioredis")).autopipelined,
  "lru-cache": async () => (await import("./lru-cache")).lruCache,
  "lru-cache, no ttl": async () => (await import("./lru-cache")).lruCacheWithoutTtl,
  "layered-loader": async () => (await import("./layered-loader")).layeredLoader,
  "cache-manager": async () => (await import("./cache-manager")).cacheManager,
  cacheable: async () => (await import("./cacheable")).cacheable,
  bentocache: async () => (await import("./bentocache")).bentocache,
  "async-cache-dedupe": async () => (await import("./async-cache-dedupe")).asyncCacheDedupe,
};

/** What the others are compared with. */
export const larder = "Larder";
export const libraryNames = Object.keys(libraries);

export async function libraryCalled(name: string): Promise<Library> {
  const library = await libraries[name]?.();
  if (library === undefined) throw new Error(`there is no library ${name}`);
  return library;
}
