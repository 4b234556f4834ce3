/**
 * The metrics that the functions publish, each by function (`service`) and `collection`, `limiter`, `lock`, `queue` or `board`,
 * and by nothing that a caller sends: CloudWatch charges for every combination.
 */
export const metricNamespaceOf = (stage: string): string => `Larder/${stage}`;

/** By function alone. */
export const answerMetrics = {
  /** Requests that were answered 5xx. */
  serverErrors: "ServerErrors",
} as const;

/** Commands to which Redis gave no answer, by the reason. */
export const unavailableMetrics = {
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
} as const;

export const limitMetrics = {
  denied: "LimitsDenied",
  /** Decided without Redis. */
  allowedUncounted: "LimitsAllowedUncounted",
  deniedUncounted: "LimitsDeniedUncounted",
} as const;

export const lockMetrics = {
  /** How long each lease was waited for that was given, in milliseconds. */
  wait: "LockWait",
  notAcquired: { held: "LocksHeld", unreplicated: "LocksUnreplicated", late: "LocksLate", ended: "LocksEnded" },
  /** Leases that ended while their work went on. */
  lost: "LocksLost",
} as const;

export const queueMetrics = {
  /** Attempts, by what came of them; of an unsettled one the claim may have lapsed, so that it may be done again. */
  done: "JobsDone",
  failed: "JobsFailed",
  unsettled: "JobsUnsettled",
  /** Claims that lapsed before their job was done, and jobs given up after their last attempt. */
  lapsed: "JobsLapsed",
  dead: "JobsDead",
  /** Receipts whose claim didn't stand any more. */
  refused: "ReceiptsRefused",
  /** As the worker found them: jobs that are due, for how long the oldest has been (in milliseconds), and dead letters. */
  waiting: "JobsWaiting",
  oldestAge: "OldestJobAge",
  deadLetters: "DeadLetters",
} as const;
