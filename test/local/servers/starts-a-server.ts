/** Run by `abandoned-process.ts`: starts the server it is told to, prints its process id, and goes on until it is killed. */
import { join } from "node:path";
import { findRedis } from "../../../local/servers/find-redis";
import { startPostgres } from "../../../local/servers/postgres";
import { postgresPrograms } from "../../../local/servers/postgres-binaries";
import { startRedis } from "../../../local/servers/redis";
import { newPassword } from "../../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../../local/setup/data-folder";

async function start(which: string | undefined): Promise<{ pid: number }> {
  const place = { folder: join(temporaryFolder(), "server"), password: newPassword() };
  return which === "redis"
    ? startRedis({ ...place, program: await findRedis(dataFolder(), console.error) })
    : startPostgres({ ...place, programs: postgresPrograms(dataFolder()) });
}

void start(process.argv[2]).then(({ pid }) => {
  console.log(JSON.stringify({ pid }));
  setInterval(() => undefined, 60_000);
});
