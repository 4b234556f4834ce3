import type { Redis } from "ioredis";
import slotOf from "cluster-key-slot";
import type { RedisClient } from "./connect";

/** The connection to the primary that holds a key; `undefined` while none is known. Ask anew for each batch: slots move. */
export function primariesOf(client: RedisClient): (key: string) => Redis | undefined {
  if (!("slots" in client)) return () => client;
  const nodes = new Map(client.nodes("master").map((node) => [`${node.options.host}:${node.options.port}`, node]));
  return (key) => nodes.get(client.slots[slotOf(key)]?.[0] ?? "");
}
