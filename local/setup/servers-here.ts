/** The two servers of `npm start`. Either may end while the application runs, as they do in the cloud: it goes on. */
import { findRedis } from "../servers/find-redis";
import { givenRedis } from "../servers/given-redis";
import { startPostgres, type PostgresAddress } from "../servers/postgres";
import { postgresPrograms } from "../servers/postgres-binaries";
import { startRedis, type RedisAddress } from "../servers/redis";
import type { Server } from "../servers/server";
import { postgresFolder, redisFolder } from "./reset";
import type { Shutdown } from "./shutdown";
import { startStep } from "./start-step";

/** The one that LARDER_REDIS_URL names, or one of our own. */
export async function startRedisHere(dataFolder: string, password: string, shutdown: Shutdown): Promise<RedisAddress> {
  const url = process.env.LARDER_REDIS_URL;
  if (url !== undefined && url !== "") return startStep("connecting to Redis", () => givenRedis(url));
  return startStep("starting Redis", async () => {
    const program = await findRedis(dataFolder, (line) => console.log(`  ${line}`));
    return keep("Redis", await startRedis({ program, folder: redisFolder(dataFolder), password }), shutdown);
  });
}

export async function startPostgresHere(
  dataFolder: string,
  password: string,
  shutdown: Shutdown,
): Promise<PostgresAddress> {
  return startStep("starting PostgreSQL", async () => {
    const programs = postgresPrograms(dataFolder);
    return keep(
      "PostgreSQL",
      await startPostgres({ programs, folder: postgresFolder(dataFolder), password }),
      shutdown,
    );
  });
}

function keep<Address>(name: string, server: Server<Address>, shutdown: Shutdown): Address {
  shutdown.add(() => server.stop());
  server.onDeath(() => {
    console.error(`${name} (pid ${server.pid}) has ended by itself, the API goes on without it. To bring it back:
  ${server.commandLine}`);
  });
  return server.address;
}
