/** A process of its own that takes a lock, or waits for it, and tells when it has it; it never releases. */
import { connectRedis, Locks } from "@larder/toolkit";
import type { RedisAddress } from "../../../local/servers/redis";
import type { RedisMode } from "../../support/redis-clients";

export interface LockProcessSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  readonly name: string;
  readonly leaseMs: number;
  readonly waitMs: number;
}

const { mode, redis, name, leaseMs, waitMs } = JSON.parse(process.argv[2]!) as LockProcessSettings;
const { host, port, user, password } = redis;
const client = connectRedis({ mode, host, port, credentials: { username: user, password: () => password } });
const locks = new Locks({ redis: client, deadlineMs: 5_000 });

process.on("disconnect", () => process.exit()); // whoever began it is gone
void locks.acquire(name, { leaseMs, waitMs }).then((acquired) => process.send!({ acquired: acquired.acquired }));
