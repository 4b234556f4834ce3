import type { Cluster, Redis } from "ioredis";
import { shown } from "../shown";

const remedies = {
  keyPrefix:
    "scripts and messages of the toolkit name keys without it, so leave it out; keys begin with larder: and hold the names that you give",
  stringNumbers: "the toolkit reads numbers in replies, so leave it out, or make another client for it",
} as const;

/** @throws TypeError for an option of ioredis by which features would fail without saying why */
export function checkClient({ options = {} }: Pick<Partial<Redis | Cluster>, "options">): void {
  const all = { ...("redisOptions" in options ? options.redisOptions : undefined), ...options };
  for (const option of ["keyPrefix", "stringNumbers"] as const) {
    const value: unknown = Reflect.get(all, option);
    if (value !== undefined && value !== false && value !== "")
      throw new TypeError(`${option} of the client is ${shown(value)}: ${remedies[option]}`);
  }
}
