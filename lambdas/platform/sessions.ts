import { type RedisClient, SessionStore, type SessionStoreOptions } from "@larder/toolkit";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The sessions of the shop, with the same times for every function that uses them. `parse` knows what lies in one; `safety` is for who ends them. */
export function openSessions<Data>(
  redis: RedisClient,
  parse: (json: unknown) => Data | undefined,
  safety: SessionStoreOptions<Data>["safety"] = "best-effort",
): SessionStore<Data> {
  return new SessionStore({
    redis,
    parse,
    safety,
    idleMs: 7 * dayMs,
    absoluteMs: 30 * dayMs,
    touchEveryMs: 5 * minuteMs,
  });
}
