/** Histories of processes that break one rule on purpose: each check must notice, or it proves nothing. */
import type { RedisServer } from "../../../../local/servers/redis";
import { administer } from "../../../support/administer";
import { pause } from "../../../support/process-fleet";
import { own, ownRedis } from "../../../support/servers";
import { until } from "../../../support/until";
import type { BrokenRule } from "./broken-rules";
import { type Invariant, maxStalenessMs, steady, violations } from "./checks";
import { freeze } from "./faults";
import { Fleet } from "./fleet";

let redis: RedisServer;
let source: RedisServer;

beforeAll(async () => {
  [redis, source] = await Promise.all([ownRedis(), ownRedis()]);
});

const cases: [what: string, broken: BrokenRule, invariant: Invariant][] = [
  ["values are stored whatever was changed while they were loaded", "fence", "no stale value"],
  ["a process hears of no change", "log", "no stale value"],
  ["everyone gets a lease", "lease", "one load for each lease"],
  ["values live longer than they should", "expiry", "no value past its expiry"],
  ["nobody asks the source when Redis doesn't answer", "fallback", "no failure"],
];

it.each(cases)("a history in which %s is noticed", async (_what, broken, invariant) => {
  await administer(redis.address, (client) => client.flushall());
  const fleet = own(
    new Fleet({ mode: "single", redis: redis.address, source: source.address, maxStalenessMs, steady, broken }),
  );
  await fleet.begun();
  await until("the broken rule is noticed", async () => {
    await (broken === "fallback" ? freeze(fleet, redis) : pause(200));
    return violations[invariant](fleet.history).length > 0;
  });
  await fleet.stop();
});
