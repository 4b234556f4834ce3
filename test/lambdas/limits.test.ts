import { RateLimiter } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import { apiLimits } from "../../lambdas/contract/limits";
import { limitedAddress } from "../../lambdas/platform/caller-address";
import { httpFunction } from "../../lambdas/platform/http-function";
import { Limits } from "../../lambdas/platform/limits";
import { httpEvent, invoke, lambdaContext, answerOf, type RequestOptions } from "../support/invoke";
import { connected, reach } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { until } from "../support/until";

async function limitedApi() {
  const redis = await ownRedis();
  const limits = new Limits({ redis: connected(reach("single", redis.address)) });
  await limits.of("address").peek("warm");
  let endpointRuns = 0;
  const handler = httpFunction({
    env: z.object({}),
    services: () => undefined,
    routes: (app) => {
      const run = () => ({ runs: ++endpointRuns });
      app.get("/movies", run);
      app.get("/cart", run);
      app.post("/sessions", run);
      app.get("/openapi.json", () => new Response("{}", { status: 429, headers: { ratelimit: '"mine";r=0;t=9' } }));
    },
    limits: () => limits,
  });
  const from = async (sourceIp: string, method: string, path: string, options: RequestOptions = {}) => {
    const event = httpEvent(method, path, options);
    event.requestContext.http.sourceIp = sourceIp;
    return answerOf(await handler(event, lambdaContext()));
  };
  return { redis, limits, handler, from, runs: () => endpointRuns };
}

/** Uses so much of a limit that it takes many seconds until anything is allowed again. */
async function exhaust(limiter: RateLimiter, subject: string): Promise<void> {
  for (let times = 0; times < 3; times++) await limiter.penalize(subject, { cost: 100 });
}

const user = { userId: "7", role: "user", sessionId: "s" } as const;

describe("a request", () => {
  it("is told how it stands, by address and by user", async () => {
    const { handler } = await limitedApi();
    const { status, headers } = await invoke(handler, "GET", "/cart", { as: user });
    expect(status).toBe(200);
    expect(headers["ratelimit-policy"]).toBe('"address";q=600;w=60, "user";q=300;w=60, "user-daily";q=50000;w=86400');
    expect(headers["ratelimit"]).toMatch(/^"address";r=199;t=1, "user";r=99;t=1, "user-daily";r=49999;t=\d+$/);
  });

  it("is told so, too, when it is refused or fails", async () => {
    const { handler } = await limitedApi();
    for (const [method, path, options, status] of [
      ["GET", "/cart", {}, 401],
      ["GET", "/health", { as: user }, 404],
    ] as const) {
      const answer = await invoke(handler, method, path, options);
      expect([answer.status, answer.headers["ratelimit"]]).toEqual([status, expect.stringMatching(/^"address";r=/)]);
    }
  });

  it("that an endpoint denies is told of the limit that denied it", async () => {
    const { handler } = await limitedApi();
    const { status, headers } = await invoke(handler, "GET", "/openapi.json");
    expect([status, headers["ratelimit"]]).toEqual([429, '"mine";r=0;t=9']);
  });

  it("is answered 429 once its address has asked too often, whoever is signed in, and reaches no endpoint", async () => {
    const { limits, from, runs } = await limitedApi();
    await exhaust(limits.of("address"), "192.0.2.9");
    const denied = await from("192.0.2.9", "GET", "/cart", { as: user });
    expect(denied).toMatchObject({
      status: 429,
      headers: { "content-type": "application/problem+json", "retry-after": expect.stringMatching(/^\d+$/) },
      body: {
        type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
        status: 429,
        "violated-policies": ["address"],
      },
    });
    expect(runs()).toBe(0);
    expect((await from("192.0.2.10", "GET", "/cart", { as: user })).status).toBe(200);
  });

  it("of a user who has asked too often is denied from everywhere, and costs the address nothing", async () => {
    const { limits, from } = await limitedApi();
    await exhaust(limits.of("user"), "7");
    const before = await limits.of("address").peek("192.0.2.9");
    const denied = await from("192.0.2.9", "GET", "/cart", { as: user });
    expect([denied.status, (denied.body as Record<string, unknown>)["violated-policies"]]).toEqual([429, ["user"]]);
    expect((await limits.of("address").peek("192.0.2.9")).remaining).toBeGreaterThanOrEqual(before.remaining);
  });

  it("with a bad token counts against its address", async () => {
    const { limits, from } = await limitedApi();
    const { remaining } = await limits.of("address").peek("192.0.2.9");
    const statuses: number[] = [];
    await until("so many were too many", async () => {
      const burst = await Promise.all(Array.from({ length: 100 }, () => from("192.0.2.9", "GET", "/cart")));
      statuses.push(...burst.map(({ status }) => status));
      return statuses.includes(429);
    });
    expect(statuses.slice(0, remaining)).toEqual(Array(remaining).fill(401));
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });

  it("passes uncounted without Redis where the catalogue is read, and isn't answered where somebody signs in", async () => {
    const { redis, from } = await limitedApi();
    redis.freeze();
    const read = await from("192.0.2.9", "GET", "/movies");
    expect([read.status, read.headers["ratelimit"]]).toEqual([200, undefined]);
    expect((await from("192.0.2.9", "POST", "/sessions", { body: "{}" })).status).toBe(503);
    redis.thaw();
  });
});

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
])("the address %s is counted as %s", (sourceIp, counted) => expect(limitedAddress(sourceIp)).toBe(counted));

it("every limit of the contract is one that a limiter takes", () => {
  const redis = connected({ mode: "single", host: "127.0.0.1", port: 1 });
  for (const policies of Object.values(apiLimits))
    expect(() => new RateLimiter({ redis, name: randomUUID(), policies })).not.toThrow();
});
