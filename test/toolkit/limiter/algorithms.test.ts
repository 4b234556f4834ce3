import { type LimitPolicy, type PolicyState, RateLimiter } from "@larder/toolkit";
import fc from "fast-check";
import { randomUUID } from "node:crypto";
import { addressOf, connected, redisModes } from "../../support/redis-clients";
import { type Allowed, oracles } from "./oracle";

const policy = fc.record({
  algorithm: fc.constantFrom("gcra", "fixed", "sliding"),
  limit: fc.integer({ min: 1, max: 12 }),
  windowMs: fc.constantFrom(1, 7, 1_000, 60_000),
  burst: fc.integer({ min: 1, max: 12 }),
});

/** What fits all of these policies, in parts of the longest window. */
const steps = fc.array(
  fc.record({
    cost: fc.integer({ min: 1, max: 4 }),
    passes: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.6, noNaN: true })),
  }),
  { minLength: 10, maxLength: 40 },
);

describe.each(redisModes)("what a limiter allows (%s)", (mode) => {
  const redis = connected(addressOf(mode));

  it("is what the algorithms' definitions allow, of several policies only if all do, and nothing else is charged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(policy, { minLength: 1, maxLength: 3 }), steps, async (drawn, asked) => {
        const policies = drawn.map((each, at): LimitPolicy & { burst: number } => ({
          ...each,
          name: `policy-${at}`,
          burst: each.algorithm === "gcra" ? each.burst : each.limit,
          withoutRedis: "closed",
        }));
        const mostCost = Math.min(...policies.map(({ limit, burst }) => Math.min(limit, burst)));
        const longestUs = Math.max(...policies.map(({ windowMs }) => windowMs)) * 1_000;
        let nowUs = 1_800_000_000_000_000;
        // The clocks of both sides are the test's: a denial is asked for anew each time.
        let readings = 0;
        const clock = () => ({ monotonicMs: (readings += 10_000), wallMs: readings });
        const limiter = new RateLimiter({
          redis,
          name: randomUUID(),
          policies,
          deadlineMs: 5_000,
          clock,
          redisTimeUs: () => nowUs,
        });

        const log: Allowed[] = [];
        for (const { cost: drawnCost, passes } of asked) {
          nowUs += Math.floor(passes * longestUs);
          const cost = Math.min(drawnCost, mostCost);
          const fit = (uses: number) => policies.map((each) => oracles[each.algorithm](log, nowUs, uses, each));
          const fits = fit(cost);
          const before = await limiter.peek("42", { cost });
          const decision = await limiter.consume("42", { cost });
          expect(decision.policies.map(({ allowed }) => allowed)).toEqual(fits);
          // Both judge alike; before, nothing was used of what is left.
          const verdict = ({ name, allowed, retryAfterMs }: PolicyState) => ({ name, allowed, retryAfterMs });
          expect(before.policies.map(verdict)).toEqual(decision.policies.map(verdict));
          const { allowed, retryAfterMs } = decision;
          expect(before).toMatchObject({ allowed, retryAfterMs, charge: undefined });
          const used = decision.allowed ? cost : 0;
          for (const [at, { remaining }] of before.policies.entries()) {
            expect(remaining).toBe(decision.policies[at]!.remaining + used);
            expect([fit(remaining)[at], fit(remaining + 1)[at]]).toEqual([true, false]);
          }
          expect(decision.allowed).toBe(fits.every(Boolean));
          if (decision.allowed) log.push({ atUs: nowUs, cost });
          else await fitsAfterwards(decision.retryAfterMs, cost);
        }

        /** After the time that a denial names, and not a millisecond and a bit before. */
        async function fitsAfterwards(retryAfterMs: number, cost: number) {
          const deniedUs = nowUs;
          nowUs = deniedUs + retryAfterMs * 1_000;
          expect((await limiter.peek("42", { cost })).allowed).toBe(true);
          nowUs = Math.max(deniedUs, deniedUs + (retryAfterMs - 1) * 1_000 - 1);
          expect((await limiter.peek("42", { cost })).allowed).toBe(false);
          nowUs = deniedUs;
        }
      }),
      { numRuns: 40 },
    );
  });

  it("is what is said to remain, one by one", async () => {
    let nowUs = 1_800_000_000_000_000;
    const policies = (["gcra", "fixed", "sliding"] as const).map((algorithm): LimitPolicy => ({
      name: algorithm,
      algorithm,
      limit: 5,
      windowMs: 1_000,
      withoutRedis: "closed",
    }));
    for (const each of policies) {
      const limiter = new RateLimiter({
        redis,
        name: randomUUID(),
        policies: [each],
        deadlineMs: 5_000,
        redisTimeUs: () => nowUs,
      });
      const remaining: number[] = [(await limiter.peek("42")).remaining];
      for (let use = 0; use < 5; use++) remaining.push((await limiter.consume("42")).remaining);
      expect(remaining).toEqual([5, 4, 3, 2, 1, 0]);
      expect(await limiter.peek("42")).toMatchObject({ allowed: false, remaining: 0 });
      const denied = await limiter.consume("42");
      expect(denied).toMatchObject({ allowed: false, policy: each.name, remaining: 0, degraded: false });
      nowUs += 2_000_000;
      expect(await limiter.peek("42")).toMatchObject({ allowed: true, remaining: 5 });
    }
  });
});
