/** `--reset`: forgets what the servers hold. Downloaded programs stay. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { endEarlierPostgres } from "../servers/postgres";
import { endEarlierRedis } from "../servers/redis";
import { shardNodes } from "../servers/redis-shards";

export async function removeData(dataFolder: string): Promise<void> {
  // A killed run may have left them running.
  await Promise.all([
    ...shardNodes.map((number) => endEarlierRedis(join(redisFolder(dataFolder), number))),
    endEarlierPostgres(postgresFolder(dataFolder)),
  ]);
  for (const path of [redisFolder(dataFolder), postgresFolder(dataFolder), join(dataFolder, "credentials.json")])
    rmSync(path, { recursive: true, force: true });
}

export function redisFolder(dataFolder: string): string {
  return join(dataFolder, "redis");
}

export function postgresFolder(dataFolder: string): string {
  return join(dataFolder, "postgres");
}
