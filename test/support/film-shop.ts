/** The film shop as it is deployed: the synthesized application on servers of the test file's own, until the file ends. */
import { join } from "node:path";
import { temporaryFolder } from "../../local/setup/data-folder";
import { type Application, runApplication } from "../../local/aws/application";
import type { LocalEndpoints } from "../../local/aws/endpoints";
import { functionUsers } from "../../local/aws/function-users";
import type { PostgresServer } from "../../local/servers/postgres";
import type { RedisServer } from "../../local/servers/redis";
import { letApplicationSignIn } from "../../local/setup/application-role";
import { synthesize } from "../../local/setup/synthesis";
import { ownPostgres, ownRedis } from "./servers";

export interface FilmShop {
  readonly url: string;
  readonly invoke: Application["invoke"];
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  /** Fills while it runs, each line headed by who wrote it. */
  readonly log: string[];
}

const running: Application[] = [];

export async function startFilmShop(): Promise<FilmShop> {
  const folder = temporaryFolder();
  const assemblyDir = join(await synthesize(folder, new AbortController().signal), "assembly-dev");
  const [redis, postgres] = await Promise.all([
    ownRedis((password) => functionUsers(assemblyDir, "single", password)),
    ownPostgres(),
  ]);
  const appPassword = "for tests only";
  await letApplicationSignIn(postgres.address, appPassword);
  const endpoints: LocalEndpoints = {
    redis: { ...redis.address, hasFunctionUsers: true },
    postgres: { ...postgres.address, appPassword },
  };
  const log: string[] = [];
  const onLog = (source: string, line: string) => void log.push(`${source} | ${line}`);
  const shop = await runApplication({ assemblyDir, endpoints, port: 0, onLog });
  running.push(shop);
  return { url: shop.url, invoke: (name, event) => shop.invoke(name, event), redis, postgres, log };
}

afterAll(() => Promise.all(running.map((shop) => shop.close())));
