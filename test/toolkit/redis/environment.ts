/** Asks Redis once for each message, and tells how long it waits before it connects anew. */
import { connectRedis, guardOf, RedisUnavailableError } from "@larder/toolkit";
import type { RedisAddress } from "../../../local/servers/redis";
import type { RedisMode } from "../../support/redis-clients";

const { mode, redis } = JSON.parse(process.argv[2]!) as { readonly mode: RedisMode; readonly redis: RedisAddress };
const { host, port, user, password } = redis;
const client = connectRedis({ mode, host, port, credentials: { username: user, password: () => password } });

client.on("reconnecting", (pauseMs: number) => process.send!({ pauseMs }));

process.on("message", () => void ask().then((outcome) => process.send!({ outcome })));

async function ask(): Promise<string> {
  try {
    await guardOf(client).run("get", 500, (each) => each.get("key"), "key");
    return "answered";
  } catch (error) {
    return error instanceof RedisUnavailableError ? error.reason : String(error);
  }
}
