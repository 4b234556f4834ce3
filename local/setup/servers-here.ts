/** The servers of `npm start`. Either may end while the application runs, as they do in the cloud: it goes on. */
import type { LocalEndpoints } from "../aws/endpoints";
import { functionUsers } from "../aws/function-users";
import { findRedis } from "../servers/find-redis";
import { givenRedis } from "../servers/given-redis";
import { startPostgres, type PostgresAddress } from "../servers/postgres";
import { postgresPrograms } from "../servers/postgres-binaries";
import { RedisGroup } from "../servers/redis-group";
import { postgresFolder, redisFolder } from "./reset";
import type { Shutdown } from "./shutdown";
import { startStep } from "./start-step";

/** The one that LARDER_REDIS_URL names, or one of our own, with the users of the functions of `assembly`. */
export async function startRedisHere(
  dataFolder: string,
  password: string,
  assembly: Promise<string>,
  shutdown: Shutdown,
): Promise<LocalEndpoints["redis"]> {
  const url = process.env.LARDER_REDIS_URL;
  if (url !== undefined && url !== "")
    return startStep("connecting to Redis", async () => ({ ...(await givenRedis(url)), hasFunctionUsers: false }));
  const program = await findRedis(dataFolder, (line) => console.log(`› ${line}`));
  const mode = "single";
  const settings = functionUsers(await assembly, mode, password);
  return startStep("starting Redis", async () => {
    const group = await RedisGroup.start({ program, folder: redisFolder(dataFolder), password, settings, mode });
    shutdown.add(() => group.stop());
    group.onDeath(({ server }, role) =>
      tellDeath(`Redis (${role}, pid ${server.pid})`, losses[role], server.commandLine),
    );
    return { ...group.address, hasFunctionUsers: true, group };
  });
}

export async function startPostgresHere(
  dataFolder: string,
  password: string,
  shutdown: Shutdown,
): Promise<PostgresAddress> {
  return startStep("starting PostgreSQL", async () => {
    const programs = postgresPrograms(dataFolder);
    const server = await startPostgres({ programs, folder: postgresFolder(dataFolder), password });
    shutdown.add(() => server.stop());
    server.onDeath(() => tellDeath(`PostgreSQL (pid ${server.pid})`, "the API goes on without it", server.commandLine));
    return server.address;
  });
}

const losses = {
  primary: "the API goes on without it",
  replica: "until it is back no lock is given and no session ended, for a failover could undo it",
};

function tellDeath(name: string, loss: string, commandLine: string): void {
  console.error(`${name} has ended by itself, ${loss}. To bring it back:
  ${commandLine}`);
}
