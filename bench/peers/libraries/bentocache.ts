import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import { Cluster, Redis } from "ioredis";
import { type Endpoint, type Library, mostEntries, ttlMs } from "../library";

/**
 * Its breaker against an outage. Not with `serialize: false`, which would be faster: beside Redis it throws for what another
 * process has stored.
 */
export const bentocache: Library = {
  open({ tiers, endpoint, surviveOutage = false, load }) {
    const near = memoryDriver({ maxItems: mostEntries });
    const connection = tiers === "near" ? undefined : connect(endpoint);
    let store = bentostore();
    if (tiers !== "redis") store = store.useL1Layer(near);
    if (connection !== undefined) store = store.useL2Layer(redisDriver({ connection }));
    if (tiers === "both") store = store.useBus(redisBusDriver({ connection: loginOf(endpoint) }));
    const bento = new BentoCache({
      default: "films",
      stores: { films: store },
      ttl: ttlMs,
      ...(surviveOutage ? { l2CircuitBreakerDuration: "30s", suppressL2Errors: true } : {}),
    });
    return {
      get: (key) => bento.getOrSet({ key, factory: () => load(key) }),
      close: () => bento.disconnectAll(),
    };
  },
};

function loginOf({ host, port, user, password }: Endpoint) {
  return { host, port, username: user, password };
}

function connect(endpoint: Endpoint): Redis | Cluster {
  const { host, port, ...login } = loginOf(endpoint);
  const client =
    endpoint.mode === "single"
      ? new Redis({ host, port, ...login })
      : new Cluster([{ host, port }], { redisOptions: login });
  return client.on("error", () => undefined); // of a server that we have stopped
}
