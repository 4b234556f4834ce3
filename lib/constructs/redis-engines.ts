/** The versions of each engine, and the family of parameters that goes with each. */
import type { RedisEngine } from "./redis-settings";

/** Those that take IAM users, from Redis 7.0 and Valkey 7.2 on. A minor version that AWS adds later is added here. */
const familyOf: Readonly<Record<RedisEngine, Readonly<Record<string, string>>>> = {
  redis: { "7.0": "redis7", "7.1": "redis7" },
  valkey: {
    "7.2": "valkey7",
    "8.0": "valkey8",
    "8.1": "valkey8",
    "8.2": "valkey8",
    "9.0": "valkey9",
    "9.1": "valkey9",
  },
};

/** The family of parameters of one version; `undefined` for a version that doesn't exist or takes no IAM users. */
export function parameterFamilyOf(engine: RedisEngine, version: string): string | undefined {
  return familyOf[engine][version];
}

export function versionsOf(engine: RedisEngine): string[] {
  return Object.keys(familyOf[engine]);
}

export function isRedisEngine(text: unknown): text is RedisEngine {
  return text === "redis" || text === "valkey";
}
