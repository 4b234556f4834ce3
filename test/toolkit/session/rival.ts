/** A thread that changes a session again and again, and counts its changes in memory that it shares. */
import { connectRedis } from "@larder/toolkit";
import { workerData } from "node:worker_threads";
import type { RedisAddress } from "../../../local/servers/redis";
import { cartSessions } from "./cart-sessions";

const { redis, token, changesMade } = workerData as {
  redis: RedisAddress;
  token: string;
  changesMade: Int32Array;
};
const { host, port, user, password } = redis;
const client = connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
const store = cartSessions(client);

async function change(): Promise<never> {
  for (;;) {
    await store.update(token, () => ({ items: ["rival"] }));
    Atomics.add(changesMade, 0, 1);
    Atomics.notify(changesMade, 0);
  }
}

void change();
