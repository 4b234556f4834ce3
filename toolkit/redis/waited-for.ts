/** Commands that wait for a connection. While some do, the attempts to make it follow soon upon each other. */
import type { Cluster, Redis } from "ioredis";

const waiting = new WeakMap<Redis | Cluster, number>();

export function isWaitedFor(client: Redis | Cluster): boolean {
  return (waiting.get(client) ?? 0) > 0;
}

/** @returns what ends the wait; to be called once */
export function waitFor(client: Redis | Cluster): () => void {
  const add = (count: number) => void waiting.set(client, (waiting.get(client) ?? 0) + count);
  add(1);
  endPause(client);
  return () => add(-1);
}

/** ioredis has no call for it, and its own timer, left running, would begin a second row of attempts. */
function endPause(client: Redis | Cluster): void {
  const timer: unknown = Reflect.get(client, "reconnectTimeout");
  if (client.status !== "reconnecting" || !isTimer(timer)) return;
  clearTimeout(timer);
  Reflect.set(client, "reconnectTimeout", null);
  client.connect().catch(() => undefined); // as with any attempt, its error is told to the client's listeners
}

function isTimer(value: unknown): value is NodeJS.Timeout {
  return typeof value === "object" && value !== null && "hasRef" in value;
}
