/** How the addresses of the shared servers get from Jest's process to its workers: as JSON in an environment variable. */
import type { PostgresAddress } from "../../local/servers/postgres";
import type { RedisAddress } from "../../local/servers/redis";

export interface TestServers {
  readonly redis: RedisAddress;
  readonly cluster: {
    readonly nodes: readonly { readonly host: string; readonly port: number }[];
    readonly user: string;
    readonly password: string;
  };
  /** With an empty database `larder`; the master may create others, one per test file say. */
  readonly postgres: PostgresAddress;
}

const variable = "LARDER_TEST_SERVERS";

export function announceServers(servers: TestServers): void {
  process.env[variable] = JSON.stringify(servers);
}

export function announcedServers(): TestServers {
  const announced = process.env[variable];
  if (announced === undefined)
    throw new Error(
      `${variable} is not set: run this file with npm test, in a project whose globalSetup starts the servers`,
    );
  return JSON.parse(announced) as TestServers;
}
