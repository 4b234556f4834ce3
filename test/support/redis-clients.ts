/** Connections to the shared servers, of both kinds; closed with the test file. */
import { connectRedis, type ConnectOptions, type RedisClient } from "@larder/toolkit";
import type { RedisAddress } from "../../local/servers/redis";
import { own, servers } from "./servers";

export type RedisMode = "single" | "cluster";
export const redisModes: readonly RedisMode[] = ["single", "cluster"];

export function addressOf(mode: RedisMode): ConnectOptions {
  const { redis, cluster } = servers();
  const { host, port } = cluster.nodes[0]!;
  return mode === "single" ? reach(mode, redis) : reach(mode, { ...cluster, host, port });
}

/** How to connect to a server with its own user and password. */
export function reach(mode: RedisMode, { host, port, user, password }: RedisAddress): ConnectOptions {
  return { mode, host, port, credentials: { username: user, password: () => password } };
}

export function connected(options: ConnectOptions): RedisClient {
  const client = connectRedis(options);
  own({ stop: () => client.disconnect() }); // not after its server: that would leave a timer running
  return client;
}
