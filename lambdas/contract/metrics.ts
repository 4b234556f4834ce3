/**
 * The metrics that the functions publish, each by function (`service`) and `collection` or `limiter`, and by nothing
 * that a caller sends: CloudWatch charges for every combination.
 */
export const metricNamespace = "Larder";

/** Commands to which Redis gave no answer, by the reason. */
const unavailable = {
  connecting: "RedisConnecting",
  disconnected: "RedisDisconnected",
  deadline: "RedisDeadline",
  refused: "RedisRefused",
  failed: "RedisFailed",
  unreplicated: "RedisUnreplicated",
} as const;

export const cacheMetrics = {
  /** Lookups, by where they were answered from; `x-cache` says it of one. */
  lookups: {
    near: "LookupsNear",
    redis: "LookupsRedis",
    stale: "LookupsStale",
    load: "LookupsLoad",
    bypass: "LookupsBypass",
  },
  /** Lookups that waited for a value that another caller in the fleet was loading. */
  waits: "Waits",
  /** Loads, by what came of them. */
  loads: {
    loaded: "LoadsDone",
    missing: "LoadsDone",
    "not-modified": "LoadsDone",
    failed: "LoadsFailed",
    late: "LoadsLate",
    rejected: "LoadsRejected",
  },
  /** How long each load took that was not rejected, in milliseconds. */
  loadTime: "LoadTime",
  /** Values that a process threw away to make room. */
  evictions: "Evictions",
  unavailable,
} as const;

export const limitMetrics = {
  denied: "LimitsDenied",
  /** Decided without Redis. */
  allowedUncounted: "LimitsAllowedUncounted",
  deniedUncounted: "LimitsDeniedUncounted",
  unavailable,
} as const;
