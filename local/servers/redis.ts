/** Starts a Redis server of our own: on the loopback only, behind a password, its data surviving a restart. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { endEarlierRun } from "./earlier-run";
import { freePort } from "./ports";
import { redisCommand, type RedisProgram } from "./redis-program";
import { Server } from "./server";
import { ServerProcess } from "./server-process";

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface RedisSpec {
  readonly program: RedisProgram;
  /** The server's own folder, created if it is missing. */
  readonly folder: string;
  readonly password: string;
  /** @default a free one */
  readonly port?: number;
  /** More lines of redis.conf. */
  readonly settings?: readonly string[];
}

export type RedisServer = Server<RedisAddress>;

/** Resolves when the server answers. */
export async function startRedis(spec: RedisSpec): Promise<RedisServer> {
  const address = { host: "127.0.0.1", port: spec.port ?? (await freePort()), user: "larder", password: spec.password };
  mkdirSync(spec.folder, { recursive: true, mode: 0o700 });
  return Server.start(address, () => launch(spec, address));
}

/** Stops the server that a killed run left on this folder, if there is one. */
export function endEarlierRedis(folder: string): Promise<void> {
  return endEarlierRun(pidFileIn(folder), folder, "SIGTERM");
}

async function launch(spec: RedisSpec, address: RedisAddress): Promise<ServerProcess> {
  await endEarlierRedis(spec.folder);
  const configuration = join(spec.folder, "redis.conf");
  writeFileSync(configuration, redisConf(spec, address), { mode: 0o600 });

  const server = await ServerProcess.start({
    ...redisCommand(spec.program, spec.folder, configuration),
    name: "Redis",
    folder: spec.folder,
    logFile: join(spec.folder, "redis.log"),
    stopSignal: "SIGTERM",
  });
  await server.ready(() => answersPing(address));
  return server;
}

function pidFileIn(folder: string): string {
  return join(folder, "redis.pid");
}

/** In a file, as arguments could be read by anyone on the machine. */
function redisConf(spec: RedisSpec, { host, port, user, password }: RedisAddress): string {
  return [
    `bind ${host}`,
    `port ${port}`,
    `dir "${spec.folder}"`,
    `pidfile "${pidFileIn(spec.folder)}"`,
    "appendonly yes",
    'save ""',
    // As on ElastiCache: a named user, and nobody signs in as default. It keeps its rights, for as this user Redis replays the
    // transactions of its append-only file at a start; without them it would drop all that scripts wrote, and say nothing.
    "user default off ~* &* +@all",
    `user ${user} on >${password} ~* &* +@all`,
    ...(spec.settings ?? []),
    "",
  ].join("\n");
}

/** Whether this server, and no other on its port, answers. */
async function answersPing({ host, port, user, password }: RedisAddress): Promise<boolean> {
  const client = new Redis({ host, port, username: user, password, lazyConnect: true, retryStrategy: () => null });
  client.on("error", () => undefined); // The rejection says it too.
  try {
    await client.connect();
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    if (client.status !== "end") client.disconnect(); // On one that has ended, it would leave a timer running.
  }
}
