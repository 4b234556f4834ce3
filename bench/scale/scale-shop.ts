/** The shop as `npm start` runs it, on a Redis and a PostgreSQL of the benchmark's own; its schedules stand still. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import * as z from "zod/mini";
import { runApplication } from "../../local/aws/application";
import { findRedis } from "../../local/servers/find-redis";
import { startPostgres } from "../../local/servers/postgres";
import { postgresPrograms } from "../../local/servers/postgres-binaries";
import { type RedisAddress, startRedis } from "../../local/servers/redis";
import { letApplicationSignIn } from "../../local/setup/application-role";
import { newPassword } from "../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../local/setup/data-folder";
import { localLogins } from "../../local/setup/logins";
import { synthesize } from "../../local/setup/synthesis";

export interface LogLine {
  /** A function, or `api` for the access log. */
  readonly source: string;
  readonly text: string;
}

const Token = z.object({ token: z.string() });
const Cart = z.object({ id: z.string() });
const Lease = z.object({ token: z.int(), holder: z.string() });

export class ScaleShop {
  readonly log: LogLine[] = [];
  readonly #stops: (() => Promise<void>)[] = [];
  #url = "";
  #invoke: (shortName: string, event: unknown) => Promise<void> = () => Promise.reject(new Error("it doesn't run"));

  private constructor(
    readonly redis: RedisAddress,
    private readonly logins: ReturnType<typeof localLogins>,
  ) {}

  static async start(): Promise<ScaleShop> {
    const folder = temporaryFolder();
    const password = newPassword();
    const [assembly, redis, postgres] = await Promise.all([
      synthesize(dataFolder(), new AbortController().signal),
      findRedis(dataFolder(), console.error).then((program) =>
        startRedis({ program, folder: join(folder, "redis"), password }),
      ),
      startPostgres({ programs: postgresPrograms(dataFolder()), folder: join(folder, "postgres"), password }),
    ]);
    const [userLogin, adminLogin, serviceLogin] = [newPassword(), newPassword(), newPassword()];
    const passwords = { redis: password, postgresMaster: password, postgresApp: password };
    const logins = localLogins({ ...passwords, userLogin, adminLogin, serviceLogin });
    const shop = new ScaleShop(redis.address, logins);
    shop.#stops.push(
      () => redis.stop(),
      () => postgres.stop(),
    );
    await letApplicationSignIn(postgres.address, password);
    const application = await runApplication({
      assemblyDir: join(assembly, "assembly-dev"),
      endpoints: {
        redis: { ...redis.address, hasFunctionUsers: false },
        postgres: { ...postgres.address, appPassword: password },
      },
      port: 0,
      onLog: (source, text) => void shop.log.push({ source, text }),
      every: () => () => undefined,
    });
    shop.#stops.unshift(() => application.close());
    shop.#url = application.url;
    shop.#invoke = (name, event) => application.invoke(name, event);
    await shop.#invoke("MigrationMigrateFunction", { logins });
    return shop;
  }

  async ask(method: string, path: string, token?: string, body?: unknown, more?: object): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        "content-type": "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...more,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} is answered ${response.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async signIn(role: string): Promise<string> {
    const login = this.logins.find((each) => each.role === role);
    if (login === undefined) throw new Error(`there is no login of a ${role}`);
    const { email, password } = login;
    return Token.parse(await this.ask("POST", "/sessions", undefined, { email, password })).token;
  }

  /** Puts a film into the cart and orders it. */
  async order(token: string, movieId: number): Promise<void> {
    const { id } = Cart.parse(await this.ask("PUT", `/cart/items/${movieId}`, token, { quantity: 1 }));
    await this.ask("POST", "/orders", token, { cartId: id }, { "idempotency-key": randomUUID() });
  }

  /** Takes a lock and gives it back. */
  async lock(token: string, name: string): Promise<void> {
    const path = `/locks/${encodeURIComponent(name)}`;
    const lease = Lease.parse(await this.ask("PUT", path, token, { leaseMs: 10_000 }));
    await this.ask("DELETE", `${path}?token=${lease.token}&holder=${encodeURIComponent(lease.holder)}`, token);
  }

  /** One run of the worker, which ends when the queues are empty. */
  work(): Promise<void> {
    return this.#invoke("WorkerFunction", {});
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) await stop();
  }
}
