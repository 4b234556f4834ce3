import { createCache } from "async-cache-dedupe";
import { Redis } from "ioredis";
import { type Library, mostEntries, ttlMs } from "../library";

/** It has one storage, not two tiers, and takes no cluster. */
export const asyncCacheDedupe: Library = {
  open({ tiers, endpoint: { mode, host, port, user, password }, load }) {
    if (tiers === "both" || mode === "cluster") return undefined;
    const client = tiers === "near" ? undefined : new Redis({ host, port, username: user, password });
    client?.on("error", () => undefined); // of a server that we have stopped
    const cache = createCache({
      ttl: ttlMs / 1_000,
      storage: client ? { type: "redis", options: { client } } : { type: "memory", options: { size: mostEntries } },
    }).define("films", load);
    return { get: (id) => cache.films(id), close: () => client?.disconnect() };
  },
};
