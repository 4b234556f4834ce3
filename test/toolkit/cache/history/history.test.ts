/**
 * Many processes on one cache, while processes are frozen and killed, Redis is frozen and flushed, connections are cut and
 * replies lost; then the recorded history is checked. LARDER_HISTORY_SECONDS makes the runs longer.
 */
import { oneOf } from "../../../support/process-fleet";
import { ownProxiedRedis } from "../../../support/proxied-redis";
import { redisModes } from "../../../support/redis-clients";
import { own, ownRedis } from "../../../support/servers";
import { counts, expectInvariants, maxStalenessMs, seconds, steady } from "./checks";
import { disturb, flush, freeze, networkFaults, processFaults } from "./faults";
import { Fleet } from "./fleet";

it.each(redisModes)(
  "many processes keep all four invariants under faults (%s)",
  async (mode) => {
    const [{ servers, proxies, address: redis }, { address: source }] = await Promise.all([
      ownProxiedRedis(mode),
      ownRedis(),
    ]);
    const fleet = own(new Fleet({ mode, redis, source, maxStalenessMs, steady }));
    await fleet.begun();
    const faults = [
      ...processFaults(fleet),
      ...networkFaults(fleet, proxies),
      () => freeze(fleet, oneOf(servers)!),
      () => flush(fleet, oneOf(servers)!),
    ];
    await disturb(faults, seconds);
    // All faults of a short run may by chance have been too short for something.
    for (let more = 0; more < 4 && rare(fleet.history).length > 0; more++) await disturb(faults, 5);
    const history = await fleet.end();

    expectInvariants(history);
    expect(rare(history)).toEqual([]);
  },
  (seconds + 90) * 1_000,
);

/** What happened too seldom to mean something, and how often. */
function rare(history: Fleet["history"]): [what: string, times: number][] {
  const counted = counts(history);
  return ["near", "redis", "stale", "load", "bypass", "change events", "refreshed"]
    .map((what): [string, number] => [what, counted[what] ?? 0])
    .filter(([what, times]) => times <= (what === "refreshed" ? 0 : seconds));
}
