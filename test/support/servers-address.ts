/**
 * How the addresses of the shared servers get from Jest's process to its workers: as JSON in an environment variable.
 *
 * Each worker has a Redis and a cluster of its own.
 */
import type { PostgresAddress } from "../../local/servers/postgres";
import type { RedisAddress } from "../../local/servers/redis";

interface RedisServers {
  readonly redis: RedisAddress;
  readonly cluster: {
    readonly nodes: readonly { readonly host: string; readonly port: number }[];
    readonly user: string;
    readonly password: string;
  };
}

export interface TestServers extends RedisServers {
  /** With an empty database `larder`; the master may create others, one per test file say. */
  readonly postgres: PostgresAddress;
}

const variable = "LARDER_TEST_SERVERS";

interface Announced {
  readonly postgres: PostgresAddress;
  readonly ofWorkers: readonly RedisServers[];
}

export function announceServers(servers: Announced): void {
  process.env[variable] = JSON.stringify(servers);
}

export function announcedServers(): TestServers {
  const announced = process.env[variable];
  if (announced === undefined)
    throw new Error(
      `${variable} is not set: run this file with npm test, in a project whose globalSetup starts the servers`,
    );
  const { postgres, ofWorkers } = JSON.parse(announced) as Announced;
  const worker = Number(process.env["JEST_WORKER_ID"]);
  return { ...ofWorkers[worker - 1]!, postgres };
}
