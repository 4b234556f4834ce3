import { Locks } from "@larder/toolkit";
import * as z from "zod/mini";
import { routes } from "../../lambdas/coordination/endpoints";
import { adminQueues, coordinationServices } from "../../lambdas/coordination/services";
import { httpFunction } from "../../lambdas/platform/http-function";
import { invoke } from "../support/invoke";
import { connected, reach } from "../support/redis-clients";
import { ownRedis } from "../support/servers";

async function coordination() {
  const redis = await ownRedis();
  const state = connected(reach("single", redis.address));
  const services = coordinationServices(state, new Locks({ redis: state }), adminQueues(state), {
    remainingMs: () => 10_000,
  });
  const handler = httpFunction({ limits: "none", env: z.object({}), services: () => services, routes });
  const as = { userId: "9", role: "service", sessionId: "s" } as const;
  const post = (policy: string, body: unknown) =>
    invoke(handler, "POST", `/limits/${policy}/consume`, {
      as,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const get = (path: string) => invoke(handler, "GET", `/limits/${path}`, { as });
  return { redis, handler, post, get };
}

describe("a service that asks for limits", () => {
  it("is answered whether its customer may, and how they stand; a denial is an answer", async () => {
    const { post, get } = await coordination();
    for (let use = 1; use <= 10; use++)
      expect(await post("exports", { subject: "customer 1" })).toMatchObject({
        status: 200,
        body: { allowed: true, policy: "exports", remaining: 10 - use, degraded: false },
      });
    const denied = await post("exports", { subject: "customer 1" });
    expect(denied).toMatchObject({ status: 200, body: { allowed: false, remaining: 0 } });
    expect((await post("exports", { subject: "customer 2", cost: 4 })).body).toMatchObject({ remaining: 6 });
    expect((await get("exports/customer%202?cost=6")).body).toMatchObject({ allowed: true, remaining: 6 });
    for (const subject of [" ", "a#b"]) {
      expect((await post("exports", { subject, cost: 4 })).body).toMatchObject({ remaining: 6 });
      expect((await get(`exports/${encodeURIComponent(subject)}`)).body).toMatchObject({ remaining: 6 });
    }
    expect((await get("exports/customer%202?cost=7")).body).toMatchObject({ allowed: false, remaining: 6 });
  });

  it.each([
    ["exports", { subject: "" }],
    ["exports", { subject: "\ud800" }],
    ["exports", { subject: "x", cost: 0 }],
    ["exports", { subject: "x", cost: 11 }],
    ["exports", { cost: 1 }],
    ["nothing", { subject: "x" }],
  ])("about %s with %j is told what is wrong", async (policy, body) => {
    const { post } = await coordination();
    expect(await post(policy, body)).toMatchObject({
      status: 400,
      body: { type: "urn:larder:problem:invalid-request" },
    });
  });

  it("is told that nothing was counted while Redis is gone", async () => {
    const { redis, post } = await coordination();
    redis.freeze();
    expect((await post("api-calls", { subject: "x" })).body).toMatchObject({ allowed: true, degraded: true });
    expect((await post("exports", { subject: "x" })).body).toMatchObject({ allowed: false, degraded: true });
    redis.thaw();
  });
});
