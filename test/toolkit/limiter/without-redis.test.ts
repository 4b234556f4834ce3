import { type LimiterEvent, type LimitPolicy, RateLimiter, rateLimitFields } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { use } from "../../../toolkit/limiter/usage";
import { limiterSlot } from "../../../toolkit/redis/keys";
import { MovedClock } from "../../support/moved-clock";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";

const policyOf = (withoutRedis: LimitPolicy["withoutRedis"], limit = 4): LimitPolicy => ({
  name: withoutRedis,
  algorithm: "fixed",
  limit,
  windowMs: 1_000,
  withoutRedis,
});

describe("a limiter whose Redis hangs", () => {
  async function hanging(policies: readonly LimitPolicy[], processes?: number) {
    const redis = await ownRedis();
    const client = connected(reach("single", redis.address));
    const clock = new MovedClock();
    const events: LimiterEvent[] = [];
    const limiter = new RateLimiter({
      redis: client,
      name: "x",
      policies,
      ...(processes !== undefined && { processes }),
      clock: clock.read,
      onEvent: (event) => events.push(event),
    });
    await until("it is connected", () => client.status === "ready");
    redis.freeze();
    return { redis, limiter, clock, events };
  }

  it("allows, denies or gives out its share, as each policy says, and tells that it did", async () => {
    const open = await hanging([policyOf("open")]);
    const allowed = await open.limiter.consume("42");
    expect(allowed).toMatchObject({ allowed: true, degraded: true, charge: undefined });
    expect(rateLimitFields(allowed).ratelimit).toBe('"open";r=4;t=0'); // not that nothing is left
    expect(open.events.map((event) => ({ ...event }))).toContainEqual({
      type: "unavailable",
      limiter: "x",
      operation: "consume",
      reason: "deadline",
      error: expect.objectContaining({ name: "RedisUnavailableError" }) as Error,
    });

    const closed = await hanging([policyOf("open"), policyOf("closed")]);
    await expect(closed.limiter.consume("42")).resolves.toMatchObject({
      allowed: false,
      policy: "closed",
      degraded: true,
    });
    open.redis.thaw();
    closed.redis.thaw();
  });

  it("gives out no more than its share, smoothly, all policies or none", async () => {
    const { redis, limiter, clock } = await hanging(
      [policyOf("local", 8), { ...policyOf("local", 40), name: "other" }],
      4,
    );
    const allowed = async () => (await limiter.consume("42")).allowed;
    await expect(limiter.peek("42")).resolves.toMatchObject({
      allowed: true,
      policy: "local",
      remaining: 2,
      resetMs: 0,
    });
    await expect(limiter.consume("42")).resolves.toMatchObject({ allowed: true, remaining: 1, resetMs: 500 });
    expect([await allowed(), await allowed()]).toEqual([true, false]);
    clock.passMs(500); // a second's limit of 8, by 4 processes: one in 500 ms
    expect([await allowed(), await allowed()]).toEqual([true, false]);
    await expect(limiter.peek("42")).resolves.toMatchObject({ allowed: false, policy: "local", retryAfterMs: 500 });
    redis.thaw();
  });

  it("counts in Redis again once that answers", async () => {
    const { redis, limiter } = await hanging([policyOf("open")]);
    await limiter.consume("42");
    redis.thaw();
    await until("it counts", async () => !(await limiter.consume("42")).degraded);
  });
});

describe.each(redisModes)("a charge whose answer is lost (%s)", (mode) => {
  it("is made once, though it is sent again", async () => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const client = connected(reach(mode, address));
    const policy = { ...policyOf("closed", 1_000), windowMs: 600_000 };
    const limiter = new RateLimiter({ redis: client, name: "x", policies: [policy], deadlineMs: 2_000 });
    await until("it is connected", async () => !(await limiter.consume("warm")).degraded);
    let answered = 0;
    for (let round = 0; round < 10; round++) {
      for (const proxy of proxies) proxy.cutAfterNextCommand();
      if (!(await limiter.consume("42")).degraded) answered++;
    }
    expect(answered).toBeGreaterThan(0);
    await until("it is connected", async () => !(await limiter.peek("42")).degraded);
    const charged = 1_000 - (await limiter.peek("42")).remaining;
    expect(charged).toBeGreaterThanOrEqual(answered);
    expect(charged).toBeLessThanOrEqual(10); // whoever got no answer may have been charged
  });

  it("is told by its id, among the last sixteen", async () => {
    const redis = connected(addressOf(mode));
    await until("it is connected", () => redis.status === "ready");
    const slot = limiterSlot(randomUUID(), "42");
    const policies = [{ ...policyOf("closed", 100), windowMs: 60_000, burst: 100 }];
    const idOf = (number: number) => String(number).padStart(8, "-");
    const ask = async (kind: "consume" | "peek", number: number) => {
      const [usage] = await use(redis, "", { kind, policies }, [{ slot, id: idOf(number), cost: 1 }]);
      return usage!;
    };
    const charge = (number: number) => ask("consume", number);
    for (let number = 1; number <= 20; number++) await charge(number);
    for (let number = 5; number <= 20; number++) expect((await charge(number)).allowed).toBe(true);
    const { states } = await ask("peek", 99);
    expect(states[0]?.remaining).toBe(100 - 20);
  });
});
