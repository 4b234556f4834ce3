/** What the users of the functions may do: what each function needs, as the suites beside this one show, and no more. */
import { Locks, newSessionSlot, type RedisClient, SharedCache } from "@larder/toolkit";
import type { apiLimits } from "../../lambdas/contract/limits";
import { Limits } from "../../lambdas/platform/limits";
import { openSessions } from "../../lambdas/platform/sessions";
import { newSessionData, readSessionData } from "../../lambdas/shop/session-data";
import { accessString, cached, locked } from "../../lib/constructs/redis-rights";
import { type RedisRole, redisRoles } from "../../lib/stacks/redis-roles";
import {
  boardSlot,
  collectionSlot,
  entrySlot,
  limiterSlot,
  lockSlot,
  markKey,
  queueSlot,
  sessionSlot,
} from "../../toolkit/redis/keys";
import { administer } from "../support/administer";
import { addressOf, connected, type RedisMode, redisModes } from "../support/redis-clients";
import { forgetRefusals, refusals } from "../support/redis-refusals";
import { functionUsers, signedInAs } from "../support/redis-users";
import { servers } from "../support/servers";

const board = boardSlot("best-sellers");
const keysOf: Readonly<Record<string, readonly string[]>> = {
  films: [entrySlot("movies", "42").handoff, collectionSlot("movies").log, collectionSlot("movies").version("all")],
  searches: [entrySlot("movie-searches", "page=1").lease, collectionSlot("movie-searches").log],
  users: [entrySlot("users", "7").entry, collectionSlot("users").log],
  "limits of requests": ["address", "user"].map((name) => limiterSlot(name, "192.0.2.1").usage),
  "limits of passwords": ["sign-in-address", "sign-in", "sign-in-account"].map((name) => limiterSlot(name, "x").usage),
  "limits of services": [limiterSlot("service-exports", "customer").usage],
  sessions: [sessionSlot("slot").sessions],
  "sessions' marks": [markKey(sessionSlot("slot").sessions)],
  "locks of carts": [lockSlot("cart 1").lock, lockSlot("cart 1").waiters],
  "locks of jobs": [lockSlot("scheduled rebuild boards").lock],
  "locks of services": [lockSlot("service x").lock, markKey(lockSlot("service x").lock)],
  orders: [queueSlot("orders").waiting, ...queueSlot("orders").answers],
  refreshes: [queueSlot("refreshes").letters, queueSlot("refreshes").inFlight],
  boards: [board.window("all"), board.added("order"), board.aside],
};

/** What each user has any right to; whatever else there is, it can't touch. */
const reached: Readonly<Record<string, readonly string[]>> = {
  "catalog-cache": ["films", "searches"],
  "catalog-state": ["limits of requests", "refreshes"],
  "accounts-cache": ["films", "users"],
  "accounts-state": ["limits of requests", "limits of passwords", "sessions", "sessions' marks", "refreshes"],
  "checkout-state": ["limits of requests", "sessions", "sessions' marks", "locks of carts", "orders"],
  "leaderboards-cache": ["films"],
  "leaderboards-state": ["limits of requests", "boards"],
  "authorizer-state": ["sessions", "sessions' marks"],
  "coordination-state": ["limits of requests", "limits of services", "locks of services", "orders", "refreshes"],
  "worker-cache": ["films", "searches", "users"],
  "worker-state": ["locks of carts", "locks of jobs", "orders", "refreshes", "boards"],
};

const nodeOf = (mode: RedisMode) => {
  const { redis, cluster } = servers();
  return mode === "single" ? redis : { ...cluster, ...cluster.nodes[0]! };
};

/** Redis' own answer to whether a user might run a command, which isn't run. */
function mayRun(mode: RedisMode, user: string, ...command: readonly string[]): Promise<boolean> {
  return administer(nodeOf(mode), async (admin) => (await admin.call("ACL", "DRYRUN", user, ...command)) === "OK");
}

describe.each(redisModes)("the user of a function (%s)", (mode) => {
  it.each(functionUsers)("reaches the keys it has a use for, and no others: $name", async ({ name }) => {
    const found = await Promise.all(
      Object.entries(keysOf).map(async ([what, keys]) => {
        const touched = await Promise.all(keys.map((key) => mayRun(mode, name, "EVAL", "", "1", key)));
        return new Set(touched).size === 1 ? touched[0] && what : `only some of ${what}`;
      }),
    );
    expect(found.filter((what) => what !== false)).toEqual(reached[name]);
    expect(await mayRun(mode, name, "EVAL", "", "1", "others")).toBe(false);
  });

  it.each(functionUsers)("may run nothing that harms others or shows what they do: $name", async ({ name }) => {
    for (const command of [
      ["FLUSHALL"],
      ["FLUSHDB"],
      ["KEYS", "*"],
      ["SCAN", "0"],
      ["CONFIG", "GET", "*"],
      ["CONFIG", "SET", "maxmemory", "1"],
      ["ACL", "LIST"],
      ["ACL", "SETUSER", name, "+@all"],
      ["CLIENT", "LIST"],
      ["CLIENT", "KILL", "TYPE", "normal"],
      ["MONITOR"],
      ["DEBUG", "SLEEP", "1"],
      ["SHUTDOWN"],
      ["REPLICAOF", "NO", "ONE"],
      ["SCRIPT", "FLUSH"],
      ["SCRIPT", "KILL"],
      ["FUNCTION", "FLUSH"],
      ["SLOWLOG", "GET"],
      ["PUBSUB", "CHANNELS"],
      ["PUBLISH", "others", ""],
      ["CLUSTER", "FAILOVER"],
      ["CLUSTER", "RESET"],
      ["SORT", "others"],
    ])
      expect([command.join(" "), await mayRun(mode, name, ...command)]).toEqual([command.join(" "), false]);
  });

  it("may run no more than the commands of its features: the authorizer's ends no session", async () => {
    const { sessions } = sessionSlot("slot");
    expect(await mayRun(mode, "authorizer-state", "HGET", sessions, "id")).toBe(true);
    expect(await mayRun(mode, "authorizer-state", "DEL", sessions)).toBe(false);
    expect(await mayRun(mode, "accounts-state", "DEL", sessions)).toBe(true);
    const orders = queueSlot("orders").waiting;
    expect(await mayRun(mode, "checkout-state", "ZADD", orders, "1", "job")).toBe(true);
    expect(await mayRun(mode, "checkout-state", "ZREMRANGEBYRANK", orders, "0", "-1")).toBe(false);
    expect(await mayRun(mode, "leaderboards-state", "ZADD", board.window("all"), "1", "1")).toBe(false);
  });

  it.each(functionUsers)(
    "may say what a cluster's client does to replicas, and of a slot that moves: $name",
    async ({ name }) => {
      for (const command of ["READONLY", "ASKING"]) expect(await mayRun(mode, name, command)).toBe(mode === "cluster");
    },
  );

  it.each<[RedisRole, readonly (keyof typeof apiLimits)[]]>([
    ["catalog", ["address", "user"]],
    ["accounts", ["address", "user", "sign-in-address", "sign-in", "sign-in-account"]],
    ["checkout", ["address", "user"]],
    ["leaderboards", ["address", "user"]],
    ["coordination", ["address", "user"]],
  ])("counts the requests of its function: %s", async (role, names) => {
    const limits = new Limits({ redis: connected(signedInAs(role, "state", addressOf(mode))) });
    for (const name of names) expect(await limits.of(name).consume(role)).toMatchObject({ allowed: true });
    if (role === "accounts") await limits.of("sign-in").reset(role);
    expect(await refusals()).toEqual([]);
  });
});

describe.each(redisModes)("a function whose writes replicas must confirm (%s)", (mode) => {
  // There is no replica, which is known only when Redis was asked.
  const unreplicated = expect.objectContaining({ reason: "unreplicated" });
  const as = (role: RedisRole) => connected(signedInAs(role, "state", addressOf(mode)));

  it("may wait for them: accounts, that a session has ended", async () => {
    const sessions = openSessions(as("accounts"), readSessionData, { replicas: 1, connection: as("accounts") });
    const { token } = (await sessions.create(
      await sessions.begin({ userId: "7", slot: newSessionSlot() }),
      newSessionData("user"),
    ))!;
    await expect(sessions.destroy(token)).rejects.toEqual(unreplicated);
    expect(await refusals()).toEqual([]);
  });

  it("may wait for them: coordination, that a service has a lock", async () => {
    const safety = { replicas: 1, connection: as("coordination") };
    const locks = new Locks({ redis: as("coordination"), safety });
    expect(await locks.acquire("service x", { leaseMs: 1_000 })).toEqual(expect.objectContaining({ acquired: false }));
    expect(await refusals()).toEqual([]);
  });
});

describe("a right that is missing", () => {
  const broken = async (mode: RedisMode, rules: string): Promise<RedisClient> => {
    const { redis, cluster } = servers();
    const nodes = mode === "single" ? [redis] : cluster.nodes.map((node) => ({ ...cluster, ...node }));
    for (const node of nodes)
      await administer(node, (admin) =>
        admin.call("ACL", "SETUSER", "worker-cache", "reset", `>${node.password}`, ...rules.split(" ")),
      );
    return connected(signedInAs("worker", "cache", addressOf(mode)));
  };

  it.each(redisModes)("is found, though the cache does without Redis what Redis refuses (%s)", async (mode) => {
    const rules = accessString(redisRoles.worker.cache, mode);
    const films = (redis: RedisClient) =>
      new SharedCache({ redis, deadlineMs: 5_000 }).collection("movies", { ttlMs: 60_000, load: async () => "Slam" });
    await films(await broken(mode, rules.replace(" +xadd", "")))
      .invalidate("42")
      .catch(() => undefined);
    expect(await refusals()).toEqual(["worker-cache has no right to the command xadd"]);
    await forgetRefusals();
    await films(await broken(mode, rules.replace("~larder:cache2:{movies}:* ", "")))
      .get("43")
      .catch(() => undefined);
    expect((await refusals()).join()).toContain("worker-cache has no right to the key larder:cache2:{movies}:log");
    await forgetRefusals();
    await broken(mode, rules);
  });
});

describe("an access string", () => {
  it("names each key, channel and command once, after nothing is allowed", () => {
    expect(accessString([cached("a"), cached("b"), locked("x?*")], "single")).toBe(
      "on ~larder:cache2:{a:* ~larder:cache2:{a}:* ~larder:cache2:{b:* ~larder:cache2:{b}:* ~larder:lock1:{x?*}* " +
        "resetchannels &larder:lock1:{x?*}* -@all +del +eval +evalsha +exists +get +info +mget +pexpire +pttl +publish " +
        "+set +subscribe +time +unlink +unsubscribe +xadd +xrange +xrevrange +zadd +zpopmin +zrem",
    );
  });
});
