import { SharedCache, type SharedCacheOptions } from "@larder/toolkit";
import type { Context } from "aws-lambda";
import * as z from "zod/mini";
import { routes } from "../../lambdas/catalog/endpoints";
import { catalogServices } from "../../lambdas/catalog/services";
import { httpFunction } from "../../lambdas/platform/http-function";
import type { Invocation } from "../../lambdas/platform/invocation";
import type { PostgresServer } from "../../local/servers/postgres";
import { httpEvent, invoke, lambdaContext } from "../support/invoke";
import { connected, reach } from "../support/redis-clients";
import { ownPostgres, ownRedis } from "../support/servers";
import { connectedDatabase, migratedDatabase } from "../support/shop-database";
import { until } from "../support/until";

const nothing = z.object({});

/** A function with one route, whose endpoint does `work` with its invocation. */
function functionThat(work: (invocation: Invocation) => void) {
  return httpFunction({
    limits: "none",
    env: nothing,
    services: (_env, invocation) => invocation,
    routes: (router, invocation) =>
      router.get("/health", () => {
        work(invocation);
        return { remainingMs: invocation.remainingMs() };
      }),
  });
}

const contextWith = (remainingMs: number): Context => ({
  ...lambdaContext(),
  getRemainingTimeInMillis: () => remainingMs,
});

describe("an invocation", () => {
  it("answers when the work behind the answer is over, and what is due at the end is done", async () => {
    const happened: string[] = [];
    const work = Promise.withResolvers<undefined>();
    const handler = functionThat((invocation) => {
      happened.push("request");
      invocation.waitUntil(work.promise.then(() => void happened.push("work is over")));
      invocation.atEnd(() => void happened.push("end"));
    });
    const answer = invoke(handler, "GET", "/health").then(({ status }) => happened.push(`answer ${status}`));
    await until("it is under way", () => happened.length > 0);
    await invoke(
      functionThat(() => undefined),
      "GET",
      "/health",
    ); // would be long enough for it, too
    expect(happened).toEqual(["request"]);
    work.resolve(undefined);
    await answer;
    expect(happened).toEqual(["request", "work is over", "end", "answer 200"]);
  });

  it("answers also when the work behind the answer fails", async () => {
    const done: string[] = [];
    const handler = functionThat((invocation) => {
      invocation.waitUntil(Promise.reject(new Error("no luck")));
      invocation.atEnd(
        () => Promise.reject(new Error("no luck either")),
        () => void done.push("the next task"),
      );
    });
    expect(await invoke(handler, "GET", "/health")).toMatchObject({ status: 200 });
    expect(done).toEqual(["the next task"]);
  });

  it("has less time than the function, so that it can still answer, and none when it is over", async () => {
    let invocation: Invocation | undefined;
    const handler = functionThat((mine) => (invocation = mine));
    const { body } = await handler(httpEvent("GET", "/health"), contextWith(10_000));
    expect(JSON.parse(body!)).toEqual({ remainingMs: 9_500 });
    expect(invocation?.remainingMs()).toBe(0);
  });
});

async function catalog({ postgres, clock, maxConcurrentLoads }: CatalogOptions = {}) {
  const redis = connected(reach("single", (await ownRedis()).address));
  const database = connectedDatabase(await migratedDatabase(postgres?.address));
  await database.query(nothing, "SELECT", []); // connected
  const handler = httpFunction({
    limits: "none",
    env: nothing,
    services: (_env, invocation) =>
      catalogServices(redis, database, new SharedCache({ redis, invocation, clock, maxConcurrentLoads })),
    routes,
  });
  return { database, handler, get: (target: string) => invoke(handler, "GET", target) };
}

interface CatalogOptions {
  readonly postgres?: PostgresServer;
  readonly clock?: SharedCacheOptions["clock"];
  readonly maxConcurrentLoads?: number;
}

describe("a film whose time is over", () => {
  it("is answered as it was, and loaded anew before the function is frozen", async () => {
    let laterMs = 0;
    const clock = () => ({ monotonicMs: performance.now() + laterMs, wallMs: Date.now() + laterMs });
    const { database, get } = await catalog({ clock });
    await get("/movies/1");
    await database.query(nothing, "UPDATE movies SET title = 'changed behind the shop' WHERE id = 1", []);
    laterMs = 61 * 60_000;
    expect(await get("/movies/1")).toMatchObject({
      headers: { "x-cache": "stale" },
      body: { title: "The Land Girls" },
    });
    expect((await get("/movies/1")).body).toMatchObject({ title: "changed behind the shop" });
  });
});

describe("a database that doesn't answer", () => {
  it("is asked for so many films at once and no more; the rest is 503", async () => {
    const postgres = await ownPostgres();
    const { get } = await catalog({ postgres, maxConcurrentLoads: 1 });
    postgres.freeze();
    const first = get("/movies/1");
    const others = await Promise.all(["2", "3"].map((id) => get(`/movies/${id}`)));
    for (const answer of others)
      expect(answer).toMatchObject({
        status: 503,
        headers: { "retry-after": "1" },
        body: { type: "urn:larder:problem:overloaded" },
      });
    expect(await first).toMatchObject({ status: 503, body: { type: "urn:larder:problem:database-unavailable" } });
    postgres.thaw();
  });

  it("is waited for no longer than the invocation lasts", async () => {
    const postgres = await ownPostgres();
    const { handler } = await catalog({ postgres });
    postgres.freeze();
    const answer = await handler(httpEvent("GET", "/movies/1"), contextWith(1_000));
    expect(answer).toMatchObject({ statusCode: 503 });
    expect(JSON.parse(answer.body!)).toMatchObject({
      type: "urn:larder:problem:database-unavailable",
      detail: "the data couldn't be read in time",
    });
    postgres.thaw();
  });
});
