import type { Redis } from "ioredis";
import slotOf from "cluster-key-slot";
import type { RedisClient } from "./connect";

/** Which node of a cluster has a key, as far as the client knows; `undefined` without a cluster, too. */
export function primaryNameOf(client: RedisClient, key: string): string | undefined {
  return "slots" in client ? client.slots[slotOf(key)]?.[0] : undefined;
}

/** The connection to the primary that holds a key; `undefined` while none is known. Ask anew for each batch: slots move. */
export function primariesOf(client: RedisClient): (key: string) => Redis | undefined {
  if (!("slots" in client)) return () => client;
  const nodes = new Map(client.nodes("master").map((node) => [`${node.options.host}:${node.options.port}`, node]));
  return (key) => nodes.get(primaryNameOf(client, key) ?? "");
}
