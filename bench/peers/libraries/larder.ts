import { connectRedis, SharedCache } from "@larder/toolkit";
import { type Library, ttlMs } from "../library";

/** As it is by default, with room for all; without the near cache where values are to come from Redis. */
export const larder: Library = {
  open({ tiers, endpoint: { mode, host, port, user, password }, load, loadMany }) {
    const redis = connectRedis({ mode, host, port, credentials: { username: user, password: () => password } });
    const near = { maxBytes: tiers === "redis" ? 0 : 128 * 1024 * 1024 };
    const films = new SharedCache({ redis, near }).collection("bench", { ttlMs, load, loadMany });
    return {
      get: (id) => films.get(id),
      getMany: async (ids) => {
        const found = await films.getMany(ids);
        return ids.map((id) => found.get(id));
      },
      close: () => redis.disconnect(),
    };
  },
};
