/** No library: cache-aside by hand around the same client that Larder has, ioredis 6. */
import { Cluster, type ClusterOptions, Redis } from "ioredis-6";
import { type Endpoint, type Library, type OpenCache, type OpenOptions, ttlMs } from "../library";

export const ioredis: Library = { open: (options) => byHand("by-hand", options, {}) };

/** With ioredis' own batching of the commands of one tick. */
export const autopipelined: Library = {
  open: (options) => byHand("autopipelined", options, { enableAutoPipelining: true }),
};

export function connect(
  { mode, host, port, user, password }: Endpoint,
  options: Pick<ClusterOptions, "enableAutoPipelining"> = {},
): Redis | Cluster {
  const login = { username: user, password };
  const client =
    mode === "single"
      ? new Redis({ host, port, ...login, ...options })
      : new Cluster([{ host, port }], { redisOptions: login, ...options });
  return client.on("error", () => undefined); // of a server that we have stopped
}

function byHand<T>(
  prefix: string,
  { tiers, endpoint, load }: OpenOptions<T>,
  options: Pick<ClusterOptions, "enableAutoPipelining">,
): OpenCache<T> | undefined {
  if (tiers !== "redis") return undefined;
  const redis = connect(endpoint, options);
  const key = (id: string) => `${prefix}:${id}`;
  const parse: (json: string) => T = JSON.parse;
  return {
    async get(id) {
      const json = await redis.get(key(id));
      if (json !== null) return parse(json);
      const value = await load(id);
      await redis.set(key(id), JSON.stringify(value), "PX", ttlMs);
      return value;
    },
    async getMany(ids) {
      const found = await redis.mget(ids.map(key));
      return found.map((json) => (json === null ? undefined : parse(json)));
    },
    close: () => redis.disconnect(),
  };
}
