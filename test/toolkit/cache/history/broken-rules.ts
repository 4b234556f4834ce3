/**
 * Breaks a rule of the cache on purpose, so that each check can show that it would notice: most by leaving out a line of a
 * script on its way to Redis.
 */
import type { RedisClient } from "@larder/toolkit";
import { Bypasses } from "../../../../toolkit/cache/bypasses";

export type BrokenRule =
  /** A value is stored whatever was changed while it was loaded. */
  | "fence"
  /** No process hears of a change. */
  | "log"
  /** Everyone who wants a lease gets one. */
  | "lease"
  /** A stored value lives ten times as long as it should. */
  | "expiry"
  /** Whoever gets no answer from Redis doesn't ask the source. */
  | "fallback";

const changedLines: Record<Exclude<BrokenRule, "fallback">, readonly [line: RegExp, by: string][]> = {
  fence: [
    [/if redis\.call\('GET', KEYS\[2\]\) ~= ARGV\[1\][^]*?\nend\n/, ""],
    [/for at = 2, #since do changes.*/, ""],
  ],
  log: [[/for at = 2, #since do answer.*/, ""]],
  lease: [[/if not holder or/, "if true or"]],
  expiry: [
    [/now \+ ARGV\[2\], now \+ ARGV\[3\]/, "now + 10 * ARGV[2], now + 10 * ARGV[3]"],
    [/redis.call\('SET', KEYS\[1\], frame, 'PX', ARGV\[3\]\)/, "redis.call('SET', KEYS[1], frame, 'PX', 10 * ARGV[3])"],
  ],
};

export function breakRule(client: RedisClient, rule: BrokenRule): void {
  if (rule === "fallback") {
    Bypasses.prototype.lookup = () => Promise.reject(new Error("broken on purpose"));
    return;
  }
  const call = client.callBuffer.bind(client) as (...args: unknown[]) => Promise<unknown>;
  Object.assign(client, {
    callBuffer: (command: string, ...args: unknown[]) => {
      // Then the text comes, and not only its hash.
      if (command === "EVALSHA") return Promise.reject(new Error("NOSCRIPT"));
      if (command !== "EVAL") return call(command, ...args);
      const lua = changedLines[rule].reduce((text, [line, by]) => text.replace(line, by), String(args[0]));
      return call(command, lua, ...args.slice(1));
    },
  });
}
