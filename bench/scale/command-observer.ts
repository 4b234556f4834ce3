/** Counts what others ask of a Redis: its slow log, told to log everything, has each command with its key. */
import { Redis } from "ioredis";
import * as z from "zod/mini";
import type { RedisAddress } from "../../local/servers/redis";

/** By the group of Redis that `prod` has for each. */
export interface RedisUse {
  readonly cacheCommands: number;
  readonly stateCommands: number;
}

const Entries = z.array(z.tuple([z.int(), z.int(), z.int(), z.array(z.string())], z.string()));

const mostEntries = 100_000;

export class CommandObserver {
  readonly #redis: Redis;

  constructor({ host, port, user, password }: RedisAddress) {
    this.#redis = new Redis({ host, port, username: user, password });
  }

  async begin(): Promise<void> {
    await this.#redis.config("SET", "slowlog-max-len", String(mostEntries));
    await this.#redis.config("SET", "slowlog-log-slower-than", "0");
    await this.#redis.slowlog("RESET");
  }

  /** Since `begin`, for each of so many. */
  async used(times: number): Promise<RedisUse> {
    const keys = Entries.parse(await this.#redis.slowlog("GET", mostEntries)).flatMap(
      ([, , , [command = "", ...words]]) =>
        isSent(command) ? (words.find((word) => word.startsWith("larder:")) ?? []) : [],
    );
    const ofCache = keys.filter((key) => key.startsWith("larder:cache")).length;
    return { cacheCommands: ofCache / times, stateCommands: (keys.length - ofCache) / times };
  }

  /** So that one address may ask as often as a measurement does. */
  async forgetLimits(): Promise<void> {
    const keys = await this.#redis.keys("larder:limit*");
    if (keys.length > 0) await this.#redis.del(keys);
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** Those within scripts are logged, too, before their script. ioredis writes its own in small letters. */
function isSent(command: string): boolean {
  return command === "EVALSHA" || command === "EVAL" || command === command.toLowerCase();
}
