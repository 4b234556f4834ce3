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
    await disturb(
      [
        ...processFaults(fleet),
        ...networkFaults(fleet, proxies),
        () => freeze(fleet, oneOf(servers)!),
        () => flush(fleet, oneOf(servers)!),
      ],
      seconds,
    );
    const history = await fleet.end();

    expectInvariants(history);
    const {
      near = 0,
      redis: hits = 0,
      stale = 0,
      load = 0,
      bypass = 0,
      refreshed = 0,
      "change events": changes = 0,
    } = counts(history);
    expect(Math.min(near, hits, stale, load, bypass, changes)).toBeGreaterThan(seconds);
    expect(refreshed).toBeGreaterThan(0);
  },
  (seconds + 60) * 1_000,
);
