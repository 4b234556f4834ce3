/**
 * What each feature of `@larder/toolkit` does in Redis: the commands it sends or its scripts run, and the keys and channels
 * they are about. Redis asks for the user's right to a script's commands, too.
 *
 * A role has the rights of the features it uses; whoever adds a command to a feature adds it here. Names are those that the
 * features were given, plain or with `*`; a space is written `?`, since an access string has none.
 */
export interface RedisRights {
  readonly commands: readonly string[];
  readonly keys: readonly string[];
  /** Of Pub/Sub. @default - none */
  readonly channels?: readonly string[];
}

type Mode = "single" | "cluster";

const scripts = ["eval", "evalsha"];

/** What a connection needs, whatever it is for: `info` answers ioredis' question whether the server is ready. */
const connecting: Readonly<Record<Mode, readonly string[]>> = {
  single: ["info"],
  // Where the slots are, asked for on a connection that has a name; a slot that is just being moved; `readonly` to a replica.
  cluster: ["info", "client|setname", "cluster|slots", "cluster|info", "readonly", "asking"],
};

/** A collection of `SharedCache`, by its name. */
export function cached(collection: string): RedisRights {
  return {
    keys: [`larder:cache2:{${collection}:*`, `larder:cache2:{${collection}}:*`],
    commands: [
      ...scripts,
      ...["get", "mget", "set", "del", "unlink", "pttl", "pexpire", "time", "xadd", "xrange", "xrevrange"],
    ],
  };
}

/** A `RateLimiter`, by its name. */
export function limited(limiter: string): RedisRights {
  return { keys: [`larder:limit2:{${limiter}:*`], commands: [...scripts, "get", "set", "time"] };
}

/** Beside `limited`, for one that is forgiven: `reset`. */
export function limitReset(limiter: string): RedisRights {
  return { keys: [`larder:limit2:{${limiter}:*`], commands: ["unlink"] };
}

/** `Locks`, by the names of what they lock. */
export function locked(name: string): RedisRights {
  const lock = `larder:lock1:{${name}}*`;
  return {
    keys: [lock],
    channels: [lock],
    commands: [
      ...[...scripts, "time", "get", "set", "exists", "pttl", "pexpire", "zadd", "zrem", "zpopmin"],
      ...["publish", "subscribe", "unsubscribe"],
    ],
  };
}

/** Beside `locked`, for whoever looks at locks of others: `read`. */
export function lockSeen(name: string): RedisRights {
  return { keys: [`larder:lock1:{${name}}*`], commands: [...scripts, "time", "get", "zcard"] };
}

const sessionKeys = ["larder:session1:*"];
const sessionCommands = [...scripts, "time", "hget", "hset", "pttl", "pexpire"];

/** Sessions that are there, of a `SessionStore`: `read` and `update`. */
export const sessionsUsed: RedisRights = { keys: sessionKeys, commands: sessionCommands };

/** All that a `SessionStore` does: sessions are made, listed and ended, too. */
export const sessionsKept: RedisRights = {
  keys: sessionKeys,
  commands: [...sessionCommands, "hgetall", "hsetnx", "hdel", "del", "exists"],
};

const queueCommands = [
  ...scripts,
  "time",
  "pttl",
  "pexpire",
  "hmget",
  "hget",
  "hset",
  "hdel",
  "unlink",
  "zadd",
  "zrem",
];

/** A `Queue`, by its name, that jobs are added to. */
export function queued(queue: string): RedisRights {
  return { keys: [`larder:queue1:{${queue}}:*`], commands: [...queueCommands, "hsetnx", "zscore"] };
}

/** A `Queue` that is looked after: `stats`, `dead` and `retryDead`. */
export function queueTended(queue: string): RedisRights {
  return { keys: [`larder:queue1:{${queue}}:*`], commands: [...queueCommands, "zcard", "zcount", "zrange"] };
}

/** A `Queue` whose jobs are claimed and settled: `work`, and what that calls. */
export function queueWorked(queue: string): RedisRights {
  return {
    keys: [`larder:queue1:{${queue}}:*`],
    commands: [...queueCommands, "zrange", "zcount", "zmscore", "zremrangebyrank"],
  };
}

/** A `Leaderboard`, by its name, that is read. */
export function boardRead(board: string): RedisRights {
  return { keys: [`larder:board1:{${board}}:*`], commands: [...scripts, "time", "zrange", "zrank"] };
}

/** A `Leaderboard` that is added to, and rebuilt; `addAndStanding` reads it, too. */
export function boardCounted(board: string): RedisRights {
  return {
    keys: [`larder:board1:{${board}}:*`],
    commands: [
      ...[...scripts, "time", "get", "set", "exists", "hset", "hdel", "hrandfield", "pttl", "pexpire"],
      ...["rename", "unlink", "zadd", "zmscore"],
    ],
  };
}

/** Beside a feature's rights, for one with `safety`: its writes are followed by one that replicas must confirm. */
export const replicated: RedisRights = { keys: [], commands: ["set", "wait"] };

/** The rules of a user in the language of Redis' ACL, as ElastiCache takes them. */
export function accessString(rights: readonly RedisRights[], mode: Mode): string {
  const sorted = (texts: readonly string[]) => [...new Set(texts)].sort();
  const commands = sorted([...connecting[mode], ...rights.flatMap((right) => right.commands)]);
  return [
    "on",
    ...sorted(rights.flatMap(({ keys }) => keys)).map((key) => `~${key}`),
    "resetchannels",
    ...sorted(rights.flatMap(({ channels = [] }) => channels)).map((channel) => `&${channel}`),
    "-@all",
    ...commands.map((command) => `+${command}`),
  ].join(" ");
}
