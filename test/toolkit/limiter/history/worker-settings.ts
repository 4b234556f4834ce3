import type { LimitPolicy } from "@larder/toolkit";
import type { RedisAddress } from "../../../../local/servers/redis";
import type { RedisMode } from "../../../support/redis-clients";

/** In a cluster they lie in different slots. */
export const subjects = ["one", "two", "three"];

export const policies: readonly LimitPolicy[] = [
  { name: "gcra", algorithm: "gcra", limit: 100, windowMs: 1_000, burst: 10, withoutRedis: "closed" },
  { name: "fixed", algorithm: "fixed", limit: 50, windowMs: 500, withoutRedis: "closed" },
];

export interface WorkerSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  readonly historyFolder: string;
}
