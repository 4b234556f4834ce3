import {
  consumeInOrder,
  guardOf,
  type LimiterEvent,
  type LimitPolicy,
  RateLimiter,
  type RateLimiterOptions,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { limiterSlot } from "../../../toolkit/redis/keys";
import { faultyListeners } from "../../support/faulty-listeners";
import { MovedClock } from "../../support/moved-clock";
import { addressOf, connected, redisModes } from "../../support/redis-clients";

const perSecond: LimitPolicy = {
  name: "per-second",
  algorithm: "gcra",
  limit: 10,
  windowMs: 1_000,
  burst: 2,
  withoutRedis: "closed",
};
const perDay: LimitPolicy = {
  name: "per-day",
  algorithm: "fixed",
  limit: 5,
  windowMs: 86_400_000,
  withoutRedis: "closed",
};

/** Each reading is ten seconds after the last: no denial is answered from memory. */
function neverRemembering() {
  let readings = 0;
  return () => ({ monotonicMs: (readings += 10_000), wallMs: readings });
}

describe.each(redisModes)("a limiter (%s)", (mode) => {
  const redis = connected(addressOf(mode));
  const time = { us: 1_800_000_000_000_000 };

  function limiterOf(policies: readonly LimitPolicy[], more: Partial<RateLimiterOptions> = {}) {
    const name = more.name ?? randomUUID();
    const clock = new MovedClock();
    const events: LimiterEvent[] = [];
    const limiter = new RateLimiter({
      redis,
      name,
      policies,
      deadlineMs: 5_000,
      clock: clock.read,
      onEvent: (event) => events.push(event),
      redisTimeUs: () => time.us,
      ...more,
    });
    const stored = (subject: string) => {
      const { usage } = limiterSlot(name, subject);
      return guardOf(redis).run("get", 5_000, (client) => client.getBuffer(usage), usage);
    };
    return { limiter, clock, events, stored };
  }

  it("names the policy that denies and charges none of them", async () => {
    const { limiter, stored } = limiterOf([perSecond, perDay]);
    await limiter.consume("42");
    await limiter.consume("42");
    const before = await stored("42");
    const denied = await limiter.consume("42");
    expect(denied).toMatchObject({
      allowed: false,
      policy: "per-second",
      remaining: 0,
      retryAfterMs: 100,
      degraded: false,
    });
    expect(denied.policies.map(({ name, remaining }) => [name, remaining])).toEqual([
      ["per-second", 0],
      ["per-day", 3],
    ]);
    expect(await stored("42")).toEqual(before);
  });

  it.each(faultyListeners)("answers what it has decided though its listener %s", async (_, onEvent) => {
    const { limiter } = limiterOf([{ ...perDay, limit: 1 }], { onEvent });
    await expect(limiter.consume("42")).resolves.toMatchObject({ allowed: true });
    await expect(limiter.consume("42")).resolves.toMatchObject({ allowed: false });
    await expect(limiter.consume("42")).resolves.toMatchObject({ allowed: false }); // from memory
  });

  it("answers from memory what was denied less than a second ago, for that cost and plan only", async () => {
    const asked: string[] = [];
    const { limiter, clock } = limiterOf([perDay], { redisTimeUs: () => (asked.push("redis"), time.us) });
    await limiter.consume("42", { cost: 4 });
    await limiter.consume("42", { cost: 2 });
    const before = asked.length;
    clock.passMs(999);
    const again = await limiter.consume("42", { cost: 2 });
    expect(again).toMatchObject({ allowed: false, policy: "per-day", retryAfterMs: 86_400_000 - 999 });
    expect(asked).toHaveLength(before);
    await expect(limiter.consume("42", { cost: 2, limits: { "per-day": { limit: 6 } } })).resolves.toMatchObject({
      allowed: true,
    });
    clock.passMs(1);
    await limiter.consume("42", { cost: 2 });
    expect(asked).toHaveLength(before + 2);
  });

  it("goes by a plan's limits where they are given", async () => {
    const { limiter } = limiterOf([perDay]);
    const plan = { limits: { "per-day": { limit: 7 } } };
    for (let use = 0; use < 7; use++)
      await expect(limiter.consume("42", plan)).resolves.toMatchObject({ allowed: true });
    await expect(limiter.consume("42", plan)).resolves.toMatchObject({ allowed: false });
    await expect(limiter.peek("42")).resolves.toMatchObject({ allowed: false });
    await expect(limiter.consume("42", { limits: { other: { limit: 1 } } })).rejects.toThrow(
      "there is no policy other",
    );
  });

  it.each([
    [{ "per-day": 7 }, "limits.per-day is 7: give an object"],
    [{ "per-day": null }, "limits.per-day is null: give an object"],
    [{ "per-day": {} }, "limit of policy per-day is undefined: give a whole number"],
    [{ "per-day": { limit: undefined } }, "limit of policy per-day is undefined: give a whole number"],
    ["gold", 'limits is "gold": give an object'],
    [null, "limits is null: give an object"],
  ])("refuses the limits %j, which would count for nothing", async (limits, message) => {
    const { limiter, stored } = limiterOf([perDay]);
    const plan = { limits: limits as never };
    for (const ask of [limiter.consume("42", plan), limiter.peek("42", plan), limiter.penalize("42", plan)])
      await expect(ask).rejects.toThrow(message);
    expect(await stored("42")).toBeNull();
  });

  it("goes by the policy where a plan leaves it out", async () => {
    const { limiter } = limiterOf([perDay]);
    await expect(limiter.peek("42", { limits: { "per-day": undefined as never } })).resolves.toMatchObject({
      remaining: 5,
    });
  });

  it("gives nothing back of a decision that charged nothing, and refuses what is no charge", async () => {
    const { limiter, events } = limiterOf([perDay]);
    await limiter.consume("42", { cost: 5 });
    const denied = await limiter.consume("42");
    await limiter.refund("42", denied.charge);
    await expect(limiter.refund("42", denied as never)).rejects.toThrow("give decision.charge as it is");
    await expect(limiter.peek("42")).resolves.toMatchObject({ remaining: 0 });
    expect(events.filter(({ type }) => type === "unavailable")).toEqual([]);
  });

  it("refuses a cost that could never be allowed", async () => {
    const { limiter } = limiterOf([perSecond, perDay]);
    for (const cost of [0, -1, 1.5, Number.NaN, 3])
      await expect(limiter.consume("42", { cost })).rejects.toThrow(
        `cost is ${cost}: policy per-second takes whole numbers from 1 to 2`,
      );
  });

  it("gives back what of a charge still counts, once", async () => {
    const { limiter } = limiterOf([perSecond, perDay]);
    const first = await limiter.consume("42", { cost: 2 });
    time.us += 50_000; // half of one has come back by itself
    await limiter.refund("42", first.charge);
    await limiter.refund("42", first.charge);
    const after = await limiter.peek("42");
    expect(after.policies.map(({ remaining }) => remaining)).toEqual([2, 5]);
    expect(after.resetMs).toBe(86_400_000 - 50);
  });

  it("gives nothing back of a window that is over", async () => {
    const { limiter } = limiterOf([perDay]);
    const { charge } = await limiter.consume("42", { cost: 3 });
    time.us += 86_400_000_000;
    await limiter.consume("42", { cost: 2 });
    await limiter.refund("42", charge);
    await expect(limiter.peek("42", { cost: 3 })).resolves.toMatchObject({ allowed: true, remaining: 3 });
  });

  it.each(["gcra", "sliding", "fixed"] as const)(
    "gives nothing back twice, nor after a reset, whoever was charged in between (%s)",
    async (algorithm) => {
      const { limiter } = limiterOf([{ ...perDay, algorithm, limit: 60 }], { clock: neverRemembering() });
      const { charge } = await limiter.consume("42", { cost: 30 });
      await limiter.refund("42", charge);
      for (let use = 0; use < 60; use++) await limiter.consume("42");
      await limiter.refund("42", charge);
      expect((await limiter.consume("42")).allowed).toBe(false);

      await limiter.reset("42");
      const later = await limiter.consume("42", { cost: 60 });
      await limiter.reset("42");
      await limiter.consume("42", { cost: 60 });
      await limiter.refund("42", later.charge);
      expect((await limiter.consume("42")).allowed).toBe(false);
    },
  );

  it("gives nothing back of what has passed by itself, though an earlier charge was given back", async () => {
    const { limiter } = limiterOf([{ ...perSecond, burst: 10 }], { clock: neverRemembering() });
    const [first, second] = [await limiter.consume("42", { cost: 5 }), await limiter.consume("42", { cost: 5 })];
    await limiter.refund("42", first.charge);
    time.us += 500_000; // what the second used has come back
    await limiter.consume("42", { cost: 10 });
    await limiter.refund("42", second.charge);
    expect((await limiter.consume("42")).allowed).toBe(false);
  });

  it("forgives nothing by a penalty, also of a subject that has a larger plan", async () => {
    for (const algorithm of ["gcra", "sliding", "fixed"] as const) {
      const { limiter } = limiterOf([{ ...perDay, algorithm }]);
      const plan = { limits: { "per-day": { limit: 1_000 } } };
      await limiter.consume("42", { cost: 900, ...plan });
      await limiter.penalize("42");
      expect((await limiter.peek("42", plan)).remaining).toBeLessThanOrEqual(100);
    }
  });

  it("shortens no block by another one, and tells of it at once", async () => {
    const { limiter } = limiterOf([perSecond]);
    for (let use = 0; use < 3; use++) await limiter.consume("42"); // the last one is denied, and remembered
    await limiter.block("42", 60_000);
    await limiter.block("42", 1_000);
    await expect(limiter.consume("42")).resolves.toMatchObject({ policy: "blocked", retryAfterMs: 60_000 });
    for (const forMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300])
      await expect(limiter.block("42", forMs)).rejects.toThrow(`forMs is ${forMs}: give a whole number from 1 to`);
  });

  it("punishes beyond the limit, blocks for a time, and forgets all of it", async () => {
    const { limiter, clock } = limiterOf([perSecond]);
    await limiter.penalize("42", { cost: 2 });
    await limiter.penalize("42", { cost: 2 });
    await expect(limiter.consume("42")).resolves.toMatchObject({ allowed: false, retryAfterMs: 300 });
    clock.passMs(1_000);
    time.us += 1_000_000;
    await limiter.block("42", 60_000);
    await expect(limiter.consume("42")).resolves.toMatchObject({
      allowed: false,
      policy: "blocked",
      retryAfterMs: 60_000,
    });
    await limiter.reset("42");
    await expect(limiter.consume("42")).resolves.toMatchObject({ allowed: true });
  });

  it("lets nobody owe more than about a window, however often it is punished", async () => {
    const { limiter } = limiterOf([perSecond]);
    for (let time = 0; time < 50; time++) await limiter.penalize("42", { cost: 2 });
    expect((await limiter.peek("42")).retryAfterMs).toBeLessThanOrEqual(1_100);
  });

  it("keeps what another release counts beside its own", async () => {
    const name = randomUUID();
    const older = limiterOf([perDay], { name }).limiter;
    const newer = limiterOf([perSecond, perDay], { name }).limiter;
    await newer.consume("42");
    await older.consume("42");
    const { policies } = await newer.peek("42");
    expect(policies.map(({ remaining }) => remaining)).toEqual([1, 3]);
  });

  const algorithms = ["gcra", "sliding", "fixed"] as const;
  const versions = algorithms.flatMap((algorithm) =>
    [1_000, 60_000, 90_000].map((windowMs) => ({ algorithm, windowMs })),
  );
  it.each(versions.flatMap((one) => versions.map((other) => [one, other])))(
    "begins to count anew when a policy %j has become %j",
    async (one, other) => {
      const name = randomUUID();
      const policy = { ...perDay, limit: 10 };
      const older = limiterOf([{ ...policy, ...one }], { name }).limiter;
      const { limiter: newer, events } = limiterOf([{ ...policy, ...other }], { name, clock: neverRemembering() });
      await older.consume("42", { cost: 10 });
      const isOther = one.algorithm !== other.algorithm || one.windowMs !== other.windowMs;
      const used = await newer.consume("42", { cost: 10 });
      expect(used).toMatchObject({ allowed: isOther, degraded: false });
      expect((await newer.consume("42")).retryAfterMs).toBeLessThanOrEqual(2 * other.windowMs);
      time.us += 2 * other.windowMs * 1_000;
      await expect(newer.consume("42")).resolves.toMatchObject({ allowed: true, degraded: false });
      expect(events.filter(({ type }) => type === "unavailable")).toEqual([]);
    },
  );

  it("asks for many subjects at once, each by itself", async () => {
    const { limiter } = limiterOf([perSecond, perDay], { clock: neverRemembering() });
    const subjects = Array.from({ length: 100 }, (_, at) => `user ${at % 50}`);
    const asked = await Promise.all([...subjects, "user 7"].map((subject) => limiter.consume(subject)));
    expect(asked.map(({ allowed }) => allowed)).toEqual([...subjects.map(() => true), false]);
    expect(asked.slice(0, 50).every(({ remaining }) => remaining === 1)).toBe(true);
    const mixed = await Promise.all([
      limiter.peek("new"),
      limiter.consume("new"),
      limiter.consume("new", { limits: { "per-second": { limit: 10, burst: 1 } } }),
    ]);
    expect(mixed.map(({ allowed }) => allowed)).toEqual([true, true, false]);
  });

  it("lets a strange value under its key count for nothing", async () => {
    const { limiter } = limiterOf([perDay]);
    const { usage } = limiterSlot(limiter.name, "42");
    await guardOf(redis).run("rpush", 5_000, (client) => client.rpush(usage, "strange"), usage);
    await expect(limiter.consume("42", { cost: 5 })).resolves.toMatchObject({ allowed: true, degraded: false });
    await expect(limiter.consume("42")).resolves.toMatchObject({ allowed: false, degraded: false });
  });

  it("gives nobody more, and lets nobody wait longer than ever, when Redis' clock goes back", async () => {
    for (const algorithm of algorithms) {
      const policy = { ...perDay, algorithm, windowMs: 60_000 };
      const { limiter } = limiterOf([policy], { clock: neverRemembering() });
      await limiter.consume("42", { cost: 4 });
      time.us -= 3_600_000_000;
      await expect(limiter.consume("42", { cost: 2 })).resolves.toMatchObject({ allowed: false });
      await expect(limiter.consume("42")).resolves.toMatchObject({ allowed: true });
      const { retryAfterMs } = await limiter.consume("42");
      expect(retryAfterMs).toBeLessThanOrEqual(120_000);
    }
  });

  it("refuses a subject that can't be part of a key, whatever is to be without Redis", async () => {
    const { limiter } = limiterOf([{ ...perDay, withoutRedis: "open" }]);
    for (const subject of ["", "\ud800"]) {
      await expect(limiter.consume(subject)).rejects.toThrow(TypeError);
      await expect(limiter.peek(subject)).rejects.toThrow(TypeError);
    }
    expect(() => limiterOf([perDay], { name: "" })).toThrow(TypeError);
  });

  it("asks several subjects in order, and gives back what was charged when one is denied", async () => {
    const users = limiterOf([perDay]).limiter;
    const addresses = limiterOf([{ ...perDay, name: "per-address", limit: 1 }]).limiter;
    const claims = (user: string) => [
      { limiter: users, subject: user },
      { limiter: addresses, subject: "192.0.2.1" },
    ];
    await expect(consumeInOrder(claims("1"))).resolves.toMatchObject({
      allowed: true,
      policy: "per-address",
      remaining: 0,
    });
    await expect(consumeInOrder(claims("2"))).resolves.toMatchObject({ allowed: false, policy: "per-address" });
    await expect(users.peek("2")).resolves.toMatchObject({ remaining: 5 });
    await expect(users.peek("1")).resolves.toMatchObject({ remaining: 4 });
  });

  it("gives back in order, too, when one of the claims can't be", async () => {
    const [users, addresses] = [limiterOf([perDay]).limiter, limiterOf([{ ...perDay, limit: 1 }]).limiter];
    const claims = [
      { limiter: users, subject: "1", cost: 3 },
      { limiter: addresses, subject: "192.0.2.1", cost: 3 },
    ];
    await expect(consumeInOrder(claims)).rejects.toThrow("cost is 3");
    await expect(users.peek("1")).resolves.toMatchObject({ remaining: 5 });
    await expect(consumeInOrder([])).rejects.toThrow("give at least one");
  });

  it("lets what it counts end by itself", async () => {
    const { limiter } = limiterOf([perSecond]);
    const name = limiter.name;
    await limiter.consume("42");
    const { usage } = limiterSlot(name, "42");
    const lifeMs = await guardOf(redis).run("pttl", 5_000, (client) => client.pttl(usage), usage);
    expect(lifeMs).toBeGreaterThan(9_000);
    expect(lifeMs).toBeLessThanOrEqual(10_000);
  });
});

it.each([
  [{ ...perDay, limit: 0 }, "limit of policy per-day is 0"],
  [{ ...perDay, windowMs: 1.5 }, "windowMs of policy per-day is 1.5"],
  [{ ...perDay, burst: 2 }, "only gcra has one"],
  [{ ...perDay, name: 'per"day' }, "use lower-case letters"],
  [{ ...perDay, name: undefined }, "has a policy undefined: use lower-case letters"],
  [{ ...perDay, name: "blocked" }, 'has a policy "blocked": decisions on blocked subjects name it so'],
  [{ ...perDay, algorithm: undefined }, 'algorithm of policy per-day is undefined: give "gcra", "sliding", "fixed"'],
  [{ ...perDay, algorithm: "token-bucket" }, 'algorithm of policy per-day is "token-bucket": give'],
  [
    { ...perDay, withoutRedis: undefined },
    'withoutRedis of policy per-day is undefined: give "open", "closed", "local"',
  ],
  [{ ...perDay, withoutRedis: "allow" }, 'withoutRedis of policy per-day is "allow": give'],
  [{ ...perSecond, limit: 1_001, windowMs: 1 }, "at most one each microsecond"],
  [{ ...perSecond, limit: 1, windowMs: 86_400_000, burst: 10 ** 9 }, "more than a hundred years"],
])("a policy %j is refused", (policy, message) => {
  const redis = connected(addressOf("single"));
  expect(() => new RateLimiter({ redis, name: "x", policies: [policy as LimitPolicy] })).toThrow(message);
});
