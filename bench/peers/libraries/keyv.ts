/** The stores of cacheable and cache-manager. */
import KeyvRedis, { createKeyv as createRedisKeyv, createKeyvNonBlocking } from "@keyv/redis";
import { createKeyv } from "cacheable";
import { Keyv } from "keyv";
import { type Endpoint, mostEntries } from "../library";

/** Without copying on each hit: callers share what they get. */
export function keyvInProcess(): Keyv {
  return createKeyv({ useClone: false, lruSize: mostEntries, storeHashSize: 1 });
}

/** By node-redis, which sends the commands of one tick together. Non-blocking is what Keyv has against an outage. */
export function keyvInRedis(endpoint: Endpoint, namespace: string, nonBlocking = false): Keyv {
  const { mode, host, port, user, password } = endpoint;
  const url = `redis://${host}:${port}`;
  const login = { username: user, password };
  const single = nonBlocking ? createKeyvNonBlocking : createRedisKeyv;
  const keyv =
    mode === "single"
      ? single({ url, ...login }, { namespace })
      : new Keyv(new KeyvRedis({ rootNodes: [{ url }], defaults: login }, { namespace }), {
          namespace,
          useKeyPrefix: false,
        });
  return keyv.on("error", () => undefined); // of a server that we have stopped
}
