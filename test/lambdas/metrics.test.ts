import type { CacheEvent } from "@larder/toolkit";
import { accountsServices } from "../../lambdas/accounts/services";
import { routes } from "../../lambdas/accounts/endpoints";
import { openCache } from "../../lambdas/platform/cache";
import { FunctionMetrics } from "../../lambdas/platform/metrics";
import { httpFunction } from "../../lambdas/platform/http-function";
import { Limits } from "../../lambdas/platform/limits";
import { openSessions } from "../../lambdas/platform/sessions";
import { readSessionData } from "../../lambdas/shop/session-data";
import * as z from "zod/mini";
import { invoke, type RequestOptions } from "../support/invoke";
import { connected, reach } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { connectedDatabase, migratedDatabase } from "../support/shop-database";

process.env["POWERTOOLS_METRICS_NAMESPACE"] = "Larder/test";

const admin: RequestOptions = { as: { userId: "9", role: "admin", sessionId: "s9" } };

/** What is written to standard output meanwhile, one parsed line each. */
async function linesOf(work: () => unknown): Promise<Record<string, unknown>[]> {
  let text = "";
  const write = jest.spyOn(process.stdout, "write").mockImplementation((chunk) => ((text += String(chunk)), true));
  try {
    await work();
  } finally {
    write.mockRestore();
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("an invocation's metrics", () => {
  it("are one line that says how lookups were answered and how long loads took, and nothing of what was asked for", async () => {
    const redis = connected(reach("single", (await ownRedis()).address));
    const database = connectedDatabase(await migratedDatabase());
    const handler = httpFunction({
      limits: "none",
      env: z.object({}),
      services: (_env, invocation) => {
        const metrics = new FunctionMetrics();
        invocation.atEnd(() => metrics.publish());
        const sessions = openSessions(redis, readSessionData);
        return accountsServices(database, openCache(redis, invocation, metrics), sessions, new Limits({ redis }));
      },
      routes,
    });
    const emf = {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        expect.objectContaining({ Namespace: "Larder/test", Dimensions: [["service", "collection"]] }),
      ],
    };
    const dimensions = { service: expect.any(String), collection: "users" };

    expect(await linesOf(() => invoke(handler, "GET", "/users/2", admin))).toEqual([
      { _aws: emf, ...dimensions, LookupsLoad: 1, LoadsDone: 1, LoadTime: expect.any(Number) },
    ]);
    expect(await linesOf(() => invoke(handler, "GET", "/users/2", admin))).toEqual([
      { _aws: emf, ...dimensions, LookupsNear: 1 },
    ]);
    expect(await linesOf(() => invoke(handler, "GET", "/users/nobody", admin))).toEqual([]);
  });
});

describe("the metrics of many events", () => {
  const publishedAfter = (events: readonly CacheEvent[]) => {
    const metrics = new FunctionMetrics();
    return linesOf(() => {
      for (const event of events) metrics.countCache(event);
      metrics.publish();
      metrics.publish(); // once only
    });
  };
  const load = (outcome: Extract<CacheEvent, { type: "load" }>["outcome"], ms: number): CacheEvent => ({
    type: "load",
    collection: "movies",
    outcome,
    ms,
    background: false,
  });

  it("are numbers, apart for each collection", async () => {
    const near: CacheEvent = { type: "lookup", collection: "movies", tier: "near" };
    const events: CacheEvent[] = [
      ...Array.from({ length: 1_000 }, () => near),
      { type: "lookup", collection: "users", tier: "stale" },
      { type: "wait", collection: "users" },
      { type: "evict", collection: "users" },
      { type: "unavailable", collection: "users", operation: "get", reason: "deadline", error: new Error() },
      load("loaded", 12),
      load("failed", 3),
      load("late", 5_000),
      load("rejected", 0),
    ];
    expect(await publishedAfter(events)).toMatchObject([
      {
        collection: "movies",
        LookupsNear: 1_000,
        LoadsDone: 1,
        LoadsFailed: 1,
        LoadsLate: 1,
        LoadsRejected: 1,
        LoadTime: [12, 3, 5_000],
      },
      { collection: "users", LookupsStale: 1, Waits: 1, Evictions: 1, RedisDeadline: 1 },
    ]);
  });

  it("keep to one line for a collection when more loads are timed than a line holds", async () => {
    const [line, ...more] = await publishedAfter(Array.from({ length: 250 }, (_, ms) => load("loaded", ms)));
    expect([line, more]).toMatchObject([{ collection: "movies", LoadsDone: 250 }, []]);
    expect(line?.["LoadTime"]).toHaveLength(99);
  });
});

it("the metrics of limits are what was denied and what couldn't be counted, and nothing of what was allowed as usual", async () => {
  const metrics = new FunctionMetrics();
  const decision = { type: "decision", limiter: "address", policy: "address" } as const;
  expect(
    await linesOf(() => {
      metrics.countLimit({ ...decision, allowed: true, degraded: false });
      metrics.publish();
      metrics.countLimit({ ...decision, allowed: false, degraded: false });
      metrics.countLimit({ ...decision, allowed: false, degraded: true });
      metrics.countLimit({ ...decision, allowed: true, degraded: true });
      metrics.countLimit({
        type: "unavailable",
        limiter: "address",
        operation: "refund",
        reason: "refused",
        error: new Error(),
      });
      metrics.publish();
    }),
  ).toMatchObject([
    { limiter: "address", LimitsDenied: 1, LimitsDeniedUncounted: 1, LimitsAllowedUncounted: 1, RedisRefused: 1 },
  ]);
});

it("the metrics of locks are by what they lock, not by their names: how long leases were waited for, and what went wrong", async () => {
  const metrics = new FunctionMetrics();
  const acquire = { type: "acquire", lock: "cart 7", waitedMs: 4 } as const;
  expect(
    await linesOf(() => {
      metrics.countLock("cart", { ...acquire, outcome: "acquired" });
      metrics.countLock("cart", { ...acquire, lock: "cart 8", outcome: "acquired", waitedMs: 12 });
      metrics.countLock("cart", { ...acquire, outcome: "held" });
      metrics.countLock("cart", { type: "lost", lock: "cart 7" });
      metrics.countLock("cart", { type: "unavailable", lock: "cart 7", operation: "acquire", reason: "deadline" });
      metrics.publish();
      metrics.publish();
    }),
  ).toMatchObject([{ lock: "cart", LockWait: [4, 12], LocksHeld: 1, LocksLost: 1, RedisDeadline: 1 }]);
});

it("the metrics of a board are the commands that brought no answer", async () => {
  const metrics = new FunctionMetrics();
  expect(
    await linesOf(() => {
      for (const operation of ["top", "standing"])
        metrics.countBoard({ type: "unavailable", board: "best-sellers", operation, reason: "deadline" });
      metrics.publish();
    }),
  ).toMatchObject([{ board: "best-sellers", RedisDeadline: 2 }]);
});

it("the metrics of a queue are what its jobs came to, and how it was at the end", async () => {
  const metrics = new FunctionMetrics();
  expect(
    await linesOf(() => {
      metrics.countQueue({ type: "lapsed", queue: "orders", jobs: 2 });
      metrics.countQueue({ type: "dead", queue: "orders", jobs: 1 });
      metrics.countQueue({ type: "refused", queue: "orders", operation: "ack", receipts: 3 });
      metrics.countQueue({ type: "unavailable", queue: "orders", operation: "claim", reason: "refused" });
      metrics.countWork("orders", { done: 7, failed: 1, unsettled: 0 });
      metrics.tellQueue("orders", { waiting: 5, delayed: 1, inFlight: 0, dead: 1, oldestWaitingMs: 900 });
      metrics.publish();
    }),
  ).toMatchObject([
    {
      queue: "orders",
      ...{ JobsLapsed: 2, JobsDead: 1, ReceiptsRefused: 3, RedisRefused: 1, JobsDone: 7, JobsFailed: 1 },
      ...{ JobsWaiting: 5, DeadLetters: 1, OldestJobAge: 900 },
    },
  ]);
});

describe("requests that are answered", () => {
  const answering = (status: number) =>
    httpFunction({
      limits: "none",
      env: z.object({}),
      services: () => ({}),
      routes: (app) => app.get("/movies", () => Promise.resolve(new Response(null, { status }))),
    });

  it.each([500, 503])("%i are counted by their function alone: to Lambda itself they went well", async (status) => {
    const [line, ...others] = await linesOf(() => invoke(answering(status), "GET", "/movies"));
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: "Larder/test", Dimensions: [["service"]] }] },
      service: expect.any(String),
      ServerErrors: 1,
    });
  });

  it.each([200, 404, 429])("%i are not", async (status) => {
    expect(await linesOf(() => invoke(answering(status), "GET", "/movies"))).toEqual([]);
  });

  it("by an error that nobody expected are", async () => {
    const throwing = httpFunction({
      limits: "none",
      env: z.object({}),
      services: () => ({}),
      routes: (app) => app.get("/movies", () => Promise.reject(new TypeError("films is undefined"))),
    });
    const lines = await linesOf(() => invoke(throwing, "GET", "/movies"));
    expect(lines).toEqual([expect.objectContaining({ ServerErrors: 1 })]);
  });

  it("by none, where the function can't be built, are left to Lambda to count", async () => {
    const unbuilt = httpFunction({
      limits: "none",
      env: z.object({ MISSING: z.string() }),
      services: () => ({}),
      routes: () => undefined,
    });
    await expect(invoke(unbuilt, "GET", "/movies")).rejects.toThrow("MISSING");
  });
});
