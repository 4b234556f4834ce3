/** Uses limits of Larder, of rate-limiter-flexible and by a plain `INCR`, in turn, and sends what it measured. */
import { connectRedis, type LimitPolicy, RateLimiter } from "@larder/toolkit";
import type { Redis } from "ioredis-6";
import { RateLimiterRedis } from "rate-limiter-flexible";
import { type Spread, spreadOf } from "../rounds";
import { connect } from "./libraries/ioredis";
import { measureWhenTold, type SingleEndpoint } from "./single-endpoint";

const rounds = 15;
const roundMs = 150;
const subjects = Array.from({ length: 1_000 }, (_, at) => `user-${at}`);
const policies = [60_000, 3_600_000, 86_400_000].map((windowMs): LimitPolicy => ({
  name: `per-${windowMs}`,
  algorithm: "gcra",
  limit: 10_000_000,
  windowMs,
  withoutRedis: "closed",
}));

type Use = (subject: string) => Promise<unknown>;

async function measure(endpoint: SingleEndpoint) {
  const { host, port, user, password } = endpoint;
  const redis = connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
  const raw = connect(endpoint);
  if ("slots" in raw) throw new Error("not a single primary");
  await Promise.all(
    [redis, raw].map((client) => client.status !== "ready" && new Promise((resolve) => client.once("ready", resolve))),
  );

  const limiterOf = (name: string, of: readonly LimitPolicy[]) =>
    new RateLimiter({ redis, name, policies: of, deadlineMs: 5_000 });
  const [one, three] = [limiterOf("one", policies.slice(0, 1)), limiterOf("three", policies)];
  const others = policies.map(
    ({ name, limit, windowMs }) =>
      new RateLimiterRedis({ storeClient: raw, keyPrefix: name, points: limit, duration: windowMs / 1_000 }),
  );
  const inTurn: Record<string, { inFlight: number; use: Use }> = {
    "INCR, 64 in flight": { inFlight: 64, use: (subject) => raw.incr(`incr:${subject}`) },
    "one, 64 in flight": { inFlight: 64, use: (subject) => one.consume(subject) },
    "one of rate-limiter-flexible, 64 in flight": { inFlight: 64, use: async (subject) => others[0]?.consume(subject) },
    "three, 64 in flight": { inFlight: 64, use: (subject) => three.consume(subject) },
    "three of rate-limiter-flexible, 64 in flight": {
      inFlight: 64,
      use: (subject) => Promise.all(others.map((each) => each.consume(subject))),
    },
    "INCR, 1 in flight": { inFlight: 1, use: (subject) => raw.incr(`incr:${subject}`) },
    "one, 1 in flight": { inFlight: 1, use: (subject) => one.consume(subject) },
    "one of rate-limiter-flexible, 1 in flight": { inFlight: 1, use: async (subject) => others[0]?.consume(subject) },
  };
  const perSecond: Record<string, number[]> = {};
  for (let round = -2; round < rounds; round++)
    for (const [name, { inFlight, use }] of Object.entries(inTurn)) {
      const rate = await rateOf(use, inFlight);
      if (round >= 0) (perSecond[name] ??= []).push(rate);
    }
  const ratio = (of: string, to: string): Spread =>
    spreadOf((perSecond[of] ?? []).map((rate, at) => rate / (perSecond[to]?.[at] ?? Number.NaN)));

  const denied = limiterOf("denied", [{ ...policies[0]!, limit: 1, burst: 1 }]);
  await denied.consume("user-0");
  await denied.consume("user-0");
  const fromMemory = await deniedPerSecond(denied);

  return {
    perSecond: Object.fromEntries(Object.entries(perSecond).map(([name, rates]) => [name, spreadOf(rates)])),
    ratios: {
      "one, 64 in flight, to rate-limiter-flexible": ratio(
        "one, 64 in flight",
        "one of rate-limiter-flexible, 64 in flight",
      ),
      "three, 64 in flight, to three of rate-limiter-flexible": ratio(
        "three, 64 in flight",
        "three of rate-limiter-flexible, 64 in flight",
      ),
      "one, 64 in flight, to INCR": ratio("one, 64 in flight", "INCR, 64 in flight"),
      "one, 1 in flight, to rate-limiter-flexible": ratio(
        "one, 1 in flight",
        "one of rate-limiter-flexible, 1 in flight",
      ),
    },
    deniedFromMemoryPerSecond: fromMemory,
    serverUsPerUse: {
      "one, 64 in flight": await serverUs(raw, (subject) => one.consume(subject), 64),
      "one, 1 in flight": await serverUs(raw, (subject) => one.consume(subject), 1),
      "three, 64 in flight": await serverUs(raw, (subject) => three.consume(subject), 64),
      "three, 1 in flight": await serverUs(raw, (subject) => three.consume(subject), 1),
      "one of rate-limiter-flexible": await serverUs(raw, async (subject) => others[0]?.consume(subject), 64),
    },
    bytesPerKey: {
      one: await raw.memory("USAGE", "larder:limit2:{one:user-1}"),
      three: await raw.memory("USAGE", "larder:limit2:{three:user-1}"),
      "rate-limiter-flexible": await raw.memory("USAGE", "per-60000:user-1"),
    },
  };
}

async function rateOf(use: Use, inFlight: number): Promise<number> {
  const begunMs = performance.now();
  let uses = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() - begunMs < roundMs) await use(subjects[uses++ % subjects.length] ?? "");
    }),
  );
  return (1_000 * uses) / (performance.now() - begunMs);
}

async function deniedPerSecond(limiter: RateLimiter): Promise<number> {
  const begunMs = performance.now();
  const uses = 400_000;
  for (let use = 0; use < uses; use++) if ((await limiter.consume("user-0")).allowed) throw new Error("it is allowed");
  return (1_000 * uses) / (performance.now() - begunMs);
}

/** How long Redis' scripts work for each use. */
async function serverUs(raw: Redis, use: Use, inFlight: number): Promise<number> {
  let uses = 0;
  await raw.config("RESETSTAT");
  await rateOf((subject) => (uses++, use(subject)), inFlight);
  return Number(/cmdstat_evalsha:.*usec=(\d+)/.exec(await raw.info("commandstats"))?.[1]) / uses;
}

measureWhenTold(measure);
