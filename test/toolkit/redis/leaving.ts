/** Asks a Redis that isn't there, again and again, then disconnects and has nothing more to do. */
import { connectRedis, guardOf } from "@larder/toolkit";
import type { RedisMode } from "../../support/redis-clients";

const { mode, port } = JSON.parse(process.argv[2]!) as { readonly mode: RedisMode; readonly port: number };
const client = connectRedis({ mode, host: "127.0.0.1", port });
const ask = (deadlineMs: number) => guardOf(client).run("get", deadlineMs, (each) => each.get("key"));

void (async () => {
  for (let times = 0; times < 5; times++) await ask(50).catch(() => undefined);
  await Promise.allSettled([ask(50), ask(100), ask(150)]);
  client.disconnect();
})();
