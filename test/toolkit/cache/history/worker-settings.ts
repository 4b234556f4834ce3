import type { RedisAddress } from "../../../../local/servers/redis";
import type { RedisMode } from "../../../support/redis-clients";
import type { BrokenRule } from "./broken-rules";

/** In each collection; in a cluster they lie in different slots. */
export const ids = ["one", "two", "three", "four"];

/** Which a lease lasts, too: so long a killed process keeps the others waiting. */
export const loadDeadlineMs = 2_000;

export interface WorkerSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  readonly source: RedisAddress;
  readonly historyFolder: string;
  readonly maxStalenessMs: number;
  /** How many replicas must confirm a change. @default - none */
  readonly replicas?: number;
  /** The lifetime of the values that nobody changes. */
  readonly steady: { readonly ttlMs: number; readonly staleMs: number };
  /** A rule that the process breaks on purpose. */
  readonly broken?: BrokenRule;
}
