/** The shop that a drill breaks: the application on servers and ports of its own, apart from any that runs already. */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { runApplication } from "../aws/application";
import { functionUsers } from "../aws/function-users";
import { findRedis } from "../servers/find-redis";
import type { PostgresAddress } from "../servers/postgres";
import { startPostgres } from "../servers/postgres";
import { postgresPrograms } from "../servers/postgres-binaries";
import { RedisGroup } from "../servers/redis-group";
import { letApplicationSignIn } from "../setup/application-role";
import { newPassword } from "../setup/credentials";
import { dataFolder, temporaryFolder } from "../setup/data-folder";
import type { Shutdown } from "../setup/shutdown";
import { synthesize } from "../setup/synthesis";

export interface Login {
  readonly email: string;
  readonly password: string;
}

export interface DrillShop {
  readonly url: string;
  readonly redis: RedisGroup;
  readonly postgres: PostgresAddress;
  readonly admin: Login;
  /** As many as there are shoppers. */
  readonly shoppers: readonly Login[];
  /** Who sign in again and again. */
  readonly visitors: readonly Login[];
  readonly services: readonly Login[];
}

const [shoppers, visitors, services] = [10, 8, 4];

/** The stage that `npm start` runs, too. */
const stage = "dev";

export async function startDrillShop(mode: RedisGroup["mode"], shutdown: Shutdown): Promise<DrillShop> {
  const folder = temporaryFolder();
  const assemblyDir = join(await synthesize(folder, shutdown.signal), `assembly-${stage}`);
  const [redis, postgres] = await Promise.all([
    startRedis(join(folder, "redis"), mode, assemblyDir, shutdown),
    startDatabase(join(folder, "postgres"), shutdown),
  ]);
  const appPassword = newPassword();
  await letApplicationSignIn(postgres, appPassword);
  const log = createWriteStream(join(dataFolder(), `drill-${mode}.log`));
  const application = await runApplication({
    assemblyDir,
    endpoints: {
      redis: { ...redis.address, hasFunctionUsers: true, group: redis },
      postgres: { ...postgres, appPassword },
    },
    port: 0,
    onLog: (source, line) => void log.write(`${new Date().toISOString()} ${source} | ${line}\n`),
  });
  shutdown.add(() => application.close());
  const logins = {
    admin: newLogins("admin", 1),
    shoppers: newLogins("user", shoppers),
    visitors: newLogins("user", visitors),
    services: newLogins("service", services),
  };
  // One at a time: each hashes a password, and the migration has its time limit.
  await application.invoke("MigrationMigrateFunction", { logins: Object.values(logins).flat() });
  const [admin] = logins.admin;
  if (admin === undefined) throw new Error("there is no administrator");
  return { ...logins, admin, url: application.url, redis, postgres };
}

async function startRedis(
  folder: string,
  mode: RedisGroup["mode"],
  assemblyDir: string,
  shutdown: Shutdown,
): Promise<RedisGroup> {
  const program = await findRedis(dataFolder(), console.error);
  const password = newPassword();
  const settings = functionUsers(assemblyDir, mode, password);
  const group = await RedisGroup.start({ program, folder, password, settings, mode });
  shutdown.add(() => group.stop());
  return group;
}

async function startDatabase(folder: string, shutdown: Shutdown): Promise<PostgresAddress> {
  const server = await startPostgres({ programs: postgresPrograms(dataFolder()), folder, password: newPassword() });
  shutdown.add(() => server.stop());
  return server.address;
}

let named = 0;

function newLogins(role: "user" | "admin" | "service", count: number) {
  return Array.from({ length: count }, () => {
    const name = `${role} ${++named}`;
    return { role, name, email: `${role}-${named}@example.com`, password: newPassword() };
  });
}
