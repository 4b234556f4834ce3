/** How often callers may do what. Edit the numbers here; what they mean is said in the toolkit's `LimitPolicy`. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Of the API itself. Each counts by itself, all its policies must allow a request. */
export const apiLimits = {
  /** By address: every request. */
  address: [{ name: "address", algorithm: "gcra", limit: 600, windowMs: minuteMs, burst: 200, withoutRedis: "open" }],
  /** By user: every request of somebody who is signed in. */
  user: [
    { name: "user", algorithm: "gcra", limit: 300, windowMs: minuteMs, burst: 100, withoutRedis: "local" },
    { name: "user-daily", algorithm: "fixed", limit: 50_000, windowMs: dayMs, withoutRedis: "open" },
  ],
  /** By address: signing up and in and changing a user, which may cost a password's hash each. A wrong password counts twice. */
  "sign-in-address": [
    { name: "sign-in-address", algorithm: "sliding", limit: 60, windowMs: 10 * minuteMs, withoutRedis: "closed" },
  ],
  /** By e-mail and address: tries of a password. The right one forgives the wrong ones. */
  "sign-in": [{ name: "sign-in", algorithm: "fixed", limit: 5, windowMs: 15 * minuteMs, withoutRedis: "closed" }],
  /**
   * By e-mail, from wherever: against guessing from many addresses. Whoever has so many can keep somebody from signing in by it,
   * while sessions that are there go on.
   */
  "sign-in-account": [
    { name: "sign-in-account", algorithm: "sliding", limit: 50, windowMs: hourMs, withoutRedis: "closed" },
  ],
} as const;

export type ApiLimit = keyof typeof apiLimits;

/** For services that ask over HTTP, `POST /limits/{policy}/consume`: each policy by itself, by whatever subject they name. */
export const serviceLimits = {
  "api-calls": {
    name: "api-calls",
    algorithm: "gcra",
    limit: 600,
    windowMs: minuteMs,
    burst: 100,
    withoutRedis: "local",
  },
  messages: { name: "messages", algorithm: "sliding", limit: 1_000, windowMs: hourMs, withoutRedis: "closed" },
  exports: { name: "exports", algorithm: "fixed", limit: 10, windowMs: dayMs, withoutRedis: "closed" },
} as const;

export type ServiceLimit = keyof typeof serviceLimits;
