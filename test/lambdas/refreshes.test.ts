import { newSessionSlot, type RefreshOutcome, SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";
import { accountsServices } from "../../lambdas/accounts/services";
import { routes } from "../../lambdas/catalog/endpoints";
import { catalogServices } from "../../lambdas/catalog/services";
import { openCache } from "../../lambdas/platform/cache";
import type { Database } from "../../lambdas/platform/database";
import { httpFunction } from "../../lambdas/platform/http-function";
import type { Invocation } from "../../lambdas/platform/invocation";
import { Limits } from "../../lambdas/platform/limits";
import { FunctionMetrics } from "../../lambdas/platform/metrics";
import { openRefreshQueue } from "../../lambdas/platform/queues";
import { openSessions } from "../../lambdas/platform/sessions";
import { filmCache } from "../../lambdas/shop/film-cache";
import { queueRefreshes, refreshIn } from "../../lambdas/shop/refreshes";
import { newSessionData, readSessionData } from "../../lambdas/shop/session-data";
import { userCache } from "../../lambdas/shop/users";
import { entrySlot } from "../../toolkit/redis/keys";
import { guardOf } from "../../toolkit/redis/guard";
import { invoke } from "../support/invoke";
import { addressOf, connected, reach, redisModes } from "../support/redis-clients";
import type { RedisRole } from "../../lib/stacks/redis-roles";
import { type RedisStore, signedInAs } from "../support/redis-users";
import { ownRedis } from "../support/servers";
import { connectedDatabase, type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";
import { until } from "../support/until";
import { workerProcess } from "../support/worker-process";

let env: DatabaseEnvironment;
beforeAll(async () => (env = await migratedDatabase()));

describe.each(redisModes)("a cached film past its lifetime (%s)", (mode) => {
  const redis = connected(addressOf(mode));
  const queue = openRefreshQueue(redis, () => undefined);
  const as = (role: RedisRole, store: RedisStore) => connected(signedInAs(role, store, addressOf(mode)));
  const [catalogCache, catalogState] = [as("catalog", "cache"), as("catalog", "state")];

  const cacheOf = (
    invocation: Pick<Invocation, "remainingMs" | "waitUntil">,
    state = catalogState,
    cache = catalogCache,
  ) => {
    const metrics = new FunctionMetrics();
    return openCache(
      cache,
      invocation as Invocation,
      metrics,
      queueRefreshes(openRefreshQueue(state, metrics.countQueue)),
    );
  };

  /** An environment of the catalogue, with nothing near yet. */
  function catalog(state = catalogState) {
    const handler = httpFunction({
      limits: "none",
      env: z.object({}),
      services: (_env, invocation) => catalogServices(catalogCache, database(), cacheOf(invocation, state)),
      routes,
    });
    return async (target: string) => {
      const { headers, body } = await invoke(handler, "GET", target);
      return { tier: headers["x-cache"], body };
    };
  }

  let open: Database | undefined;
  const database = () => (open ??= connectedDatabase(env));

  /** The worker's part. Returns what came of each job. */
  async function workOff(): Promise<RefreshOutcome[]> {
    const cache = new SharedCache({ redis, deadlineMs: 5_000 });
    const refresh = refreshIn({ ...filmCache(cache, database()).collections, users: userCache(cache, database()) });
    const jobs = await queue.claim({ max: 100 });
    const outcomes = await Promise.all(jobs.map(({ data }) => refresh(data)));
    await queue.ack(jobs.map(({ receipt }) => receipt));
    return outcomes;
  }

  /** Lets a stored value be past its lifetime, as it would be an hour later. */
  async function age(collection: string, id: string): Promise<void> {
    const { entry } = entrySlot(collection, id);
    const run = guardOf(redis);
    const frame = await until("it is stored", async () => {
      const stored = await run.run("get", 5_000, (client) => client.getBuffer(entry));
      return stored ?? undefined;
    });
    const [mark, , ...more] = frame.toString("latin1").split(" ");
    const aged = Buffer.from([mark, Date.now() - 60_000, ...more].join(" "), "latin1");
    await run.run("set", 5_000, (client) => client.set(entry, aged, "KEEPTTL"));
  }

  const retitle = (id: number, title: string) =>
    database().query(z.object({}), "UPDATE movies SET title = $2 WHERE id = $1", [id, title]);

  it("is served as it was while one job waits for it, and as it is once that is done", async () => {
    const first = (await catalog()("/movies/11")).body;
    await age("movies", "11");
    await retitle(11, "As it is now");
    const [one, other] = [catalog(), catalog()];
    for (const get of [one, other, one, other]) expect(await get("/movies/11")).toEqual({ tier: "stale", body: first });
    expect(await queue.stats()).toMatchObject({ waiting: 1 });

    await workerProcess(addressOf(mode), env).run();
    expect(await one("/movies/11")).toMatchObject({ tier: "redis", body: { title: "As it is now" } });
    expect(await one("/movies/11")).toMatchObject({ tier: "near", body: { title: "As it is now" } });
    expect(await queue.stats()).toMatchObject({ waiting: 0, inFlight: 0, dead: 0 });
  });

  it("is left alone by its job when it was changed before that, and loaded by who reads it", async () => {
    await catalog()("/movies/12");
    await age("movies", "12");
    const get = catalog();
    expect(await get("/movies/12")).toMatchObject({ tier: "stale" });
    const { filmChanges } = catalogServices(redis, database(), new SharedCache({ redis }));
    await filmChanges.change("12", { title: "Changed since" });
    expect(await workOff()).toEqual(["not-due"]);
    expect(await catalog()("/movies/12")).toMatchObject({ tier: "load", body: { title: "Changed since" } });
  });

  it("has its pages refreshed by jobs too, however long the search", async () => {
    const [genre, director] = ["Ж".repeat(100), "Щ".repeat(100)];
    const target = `/movies?${new URLSearchParams({ genre, director }).toString()}`;
    const id = new URLSearchParams({ genre, director, sort: "title", order: "asc", page: "1", pageSize: "20" });
    await catalog()(target);
    await age("movie-searches", id.toString());
    expect(await catalog()(target)).toMatchObject({ tier: "stale", body: { total: 0 } });
    expect(await catalog()(target)).toMatchObject({ tier: "stale" });
    expect(await queue.stats()).toMatchObject({ waiting: 1 });
    expect(await workOff()).toEqual(["refreshed"]);
    expect(await catalog()(target)).toMatchObject({ tier: "redis" });
  });

  it("is handed on by a cart that shows it, too", async () => {
    const works: Promise<void>[] = [];
    const invocation = { remainingMs: () => 10_000, waitUntil: (work: Promise<void>) => void works.push(work) };
    const state = as("accounts", "state");
    const sessions = openSessions(state, readSessionData);
    const cache = cacheOf(invocation, state, as("accounts", "cache"));
    const { carts } = accountsServices(database(), cache, sessions, new Limits({ redis: state }));
    await catalog()("/movies/13");
    await age("movies", "13");
    const signIn = await sessions.begin({ userId: "1", slot: newSessionSlot() });
    const made = await sessions.create(signIn, newSessionData("user"));
    await carts.put(made!.token, "13", 1);
    await Promise.all(works);
    expect(await workOff()).toEqual(["refreshed"]);
  });

  it("is loaded behind the answer while the Redis of the queue is gone", async () => {
    const state = await ownRedis();
    await catalog()("/movies/14");
    await age("movies", "14");
    await retitle(14, "Loaded by a reader");
    const client = connected(reach("single", state.address));
    await until("the queue is reached", () =>
      openRefreshQueue(client, () => undefined)
        .stats()
        .catch(() => undefined),
    );
    await state.kill();
    expect(await catalog(client)("/movies/14")).toMatchObject({ tier: "stale" });
    expect(await catalog()("/movies/14")).toMatchObject({ tier: "redis", body: { title: "Loaded by a reader" } });
    expect(await queue.stats()).toMatchObject({ waiting: 0 });
  });
});
