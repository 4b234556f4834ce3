/** What the libraries have in common, so that one benchmark can measure them all. */
import type { RedisAddress } from "../../local/servers/redis";

/** What is cached knows its id: layered-loader asks for it. */
export interface Entry {
  readonly id: string;
}

export interface Endpoint extends RedisAddress {
  readonly mode: "single" | "cluster";
}

export interface OpenOptions<T> {
  /** Where values are kept: in the process, in Redis, or in both. */
  readonly tiers: "near" | "redis" | "both";
  readonly endpoint: Endpoint;
  /** With what the library's documentation says to do about a Redis that is gone. */
  readonly surviveOutage?: boolean;
  readonly load: (id: string) => Promise<T>;
  readonly loadMany: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>;
}

export interface OpenCache<T> {
  /** The library's own way to read through to the source. Not every library makes a promise of what it has at hand. */
  readonly get: (id: string) => Promise<T | undefined> | T | undefined;
  readonly getMany?: (ids: readonly string[]) => Promise<readonly (T | undefined)[]>;
  readonly close: () => unknown;
}

export interface Library {
  /** `undefined` for tiers that the library doesn't have. */
  readonly open: <T extends Entry>(options: OpenOptions<T>) => OpenCache<T> | undefined;
}

export const ttlMs = 3_600_000;
/** More than any measure keeps in a process. */
export const mostEntries = 200_000;
