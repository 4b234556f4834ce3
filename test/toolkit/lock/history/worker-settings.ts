import type { ClientConfig } from "pg";
import type { RedisAddress } from "../../../../local/servers/redis";
import type { RedisMode } from "../../../support/redis-clients";

/** In a cluster they lie in different slots. */
export const names = ["one", "two", "three"];

/** Shorter than many a freeze. */
export const leaseMs = 200;

export interface WorkerSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  /** How many must confirm a lease. 0: none is asked. */
  readonly replicas: number;
  readonly postgres: ClientConfig;
  /** Whether PostgreSQL checks tokens. */
  readonly fenced: boolean;
  readonly historyFolder: string;
}
