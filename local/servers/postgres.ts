/** Starts a PostgreSQL server of our own: on the loopback only, behind a password, its data surviving a restart. */
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, type ClientConfig } from "pg";
import { endEarlierRun } from "./earlier-run";
import { freePort } from "./ports";
import { createCluster } from "./postgres-cluster";
import { prepareDatabase, superuser } from "./postgres-database";
import { Server } from "./server";
import { pause, ServerProcess } from "./server-process";
import { serverUser } from "./server-user";

export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  /** As RDS makes it: may create roles and databases, but is no superuser. */
  readonly master: { readonly user: string; readonly password: string };
}

export interface PostgresSpec {
  /** The folder of the programs. */
  readonly programs: string;
  /** The server's own folder, created if it is missing. Its user must be able to reach it. */
  readonly folder: string;
  readonly password: string;
  /** @default a free one */
  readonly port?: number;
  /** Certificate and key files; connections without TLS are then refused. @default no TLS */
  readonly ssl?: { readonly certificate: string; readonly key: string };
}

export type PostgresServer = Server<PostgresAddress>;

/** Resolves when the server answers and holds the database `larder`. */
export async function startPostgres(spec: PostgresSpec): Promise<PostgresServer> {
  const master = { user: "larder_master", password: spec.password };
  const address = { host: "127.0.0.1", port: spec.port ?? (await freePort()), master };
  mkdirSync(spec.folder, { recursive: true, mode: 0o700 });
  giveToServerUser(spec.folder);

  const data = join(spec.folder, "data");
  if (!existsSync(data)) await createCluster(spec.programs, data, spec.password);
  const server = await Server.start(address, () => launch(spec, data, address.port));
  try {
    await prepareDatabase(asSuperuser(spec, address.port), master);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** Stops the server that a killed run left on this folder, if there is one. */
export function endEarlierPostgres(folder: string): Promise<void> {
  const data = join(folder, "data");
  return endEarlierRun(join(data, "postmaster.pid"), data, "SIGINT");
}

/** The children of a server that was killed take a moment to end, and hold its memory until then. */
const childrenEndWithinMs = 10_000;

async function launch(spec: PostgresSpec, data: string, port: number): Promise<ServerProcess> {
  await endEarlierPostgres(spec.folder);
  const giveUpAt = performance.now() + childrenEndWithinMs;
  for (;;)
    try {
      return await launchOnce(spec, data, port);
    } catch (error) {
      const isHeld = error instanceof Error && error.message.includes("pre-existing shared memory block");
      if (!isHeld || performance.now() > giveUpAt) throw error;
      await pause(50);
    }
}

async function launchOnce(spec: PostgresSpec, data: string, port: number): Promise<ServerProcess> {
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
    ...sslSettings(spec, data),
  ];
  const server = await ServerProcess.start({
    name: "PostgreSQL",
    command: join(spec.programs, "postgres"),
    args: ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    folder: data,
    logFile: join(spec.folder, "postgres.log"),
    user: serverUser(),
    stopSignal: "SIGINT",
  });
  await server.ready(() => acceptsConnections(asSuperuser(spec, port)));
  return server;
}

function sslSettings({ ssl }: PostgresSpec, data: string): string[] {
  if (ssl === undefined) return [];
  const write = (name: string, content: string | Buffer) => {
    const file = join(data, name);
    // PostgreSQL takes a key only if no one but its own user may read it.
    writeFileSync(file, content, { mode: 0o600 });
    giveToServerUser(file);
    return file;
  };
  write("server.crt", readFileSync(ssl.certificate));
  write("server.key", readFileSync(ssl.key));
  return ["ssl=on", `hba_file=${write("pg_hba_tls.conf", "hostssl all all 127.0.0.1/32 scram-sha-256\n")}`];
}

function asSuperuser(spec: PostgresSpec, port: number): ClientConfig {
  return {
    host: "127.0.0.1",
    port,
    user: superuser,
    password: spec.password,
    database: "postgres",
    // The certificate is the test's subject, not ours.
    ssl: spec.ssl && { rejectUnauthorized: false },
  };
}

async function acceptsConnections(config: ClientConfig): Promise<boolean> {
  const client = new Client({ ...config, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined); // The rejection says it too.
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function giveToServerUser(path: string): void {
  const user = serverUser();
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}
