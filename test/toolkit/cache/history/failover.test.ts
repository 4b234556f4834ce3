/**
 * Many processes on a Redis with replicas, of which each takes over in turn, also one that has stood still and missed the
 * last writes. Changes wait for all replicas, so none may be lost. LARDER_HISTORY_SECONDS makes the runs longer.
 */
import { RedisClusterWithReplicas } from "../../../support/redis-cluster-with-replicas";
import { oneOf, pause } from "../../../support/process-fleet";
import { ownReplicatedRedis, type ReplicatedRedis } from "../../../support/replicated-redis";
import { own, ownRedis } from "../../../support/servers";
import { until } from "../../../support/until";
import { counts, expectInvariants, maxStalenessMs, seconds, steady, violations } from "./checks";
import { disturb, freeze, networkFaults, processFaults } from "./faults";
import { Fleet } from "./fleet";

const timeoutMs = (seconds + 60) * 1_000;

it(
  "many processes keep all four invariants while replicas take over from their primary",
  async () => {
    const [group, source] = await Promise.all([ownReplicatedRedis(), ownRedis()]);
    const fleet = own(
      new Fleet({
        mode: "single",
        redis: group.address,
        source: source.address,
        maxStalenessMs,
        steady,
        replicas: group.replicas.length,
      }),
    );
    await fleet.begun();
    const takeOver = () => staleReplicaTakesOver(fleet, group);
    await takeOver();
    const faults = [
      ...processFaults(fleet),
      ...networkFaults(fleet, [group.endpoint]),
      () => freeze(fleet, oneOf(group.replicas)!),
    ];
    await disturb([...faults, takeOver, takeOver, takeOver], seconds);
    const history = await fleet.end();

    expectInvariants(history);
    expect(counts(history)["change events"]).toBeGreaterThan(seconds);
  },
  timeoutMs,
);

it(
  "many processes keep all four invariants while replicas in a cluster take over",
  async () => {
    const [cluster, source] = await Promise.all([RedisClusterWithReplicas.start(), ownRedis()]);
    const fleet = own(
      new Fleet({
        mode: "cluster",
        redis: cluster.address,
        source: source.address,
        maxStalenessMs,
        steady,
        replicas: 1,
      }),
    );
    await fleet.begun();
    let failovers = 0;
    const takeOver = async () => {
      // In turn: a cluster's nodes vote for a replica of the same primary only after a while.
      const primary = cluster.primaries[failovers++ % cluster.primaries.length]!;
      const deposition = oneOf(["killed", "frozen"] as const)!;
      await fleet.during("pause", () =>
        fleet.during("loss", async () => {
          const deposed = await cluster.failOver(primary, deposition);
          if (deposed !== undefined) fleet.record({ type: "deposed", ...deposed });
        }),
      );
    };
    await disturb(
      [...processFaults(fleet), () => freeze(fleet, oneOf(cluster.replicas)!), takeOver, takeOver],
      seconds,
    );
    const history = await fleet.end();

    expectInvariants(history);
    expect(counts(history)["change events"]).toBeGreaterThan(seconds);
  },
  timeoutMs,
);

it("a history in which changes didn't wait for the replicas is noticed", async () => {
  const [group, source] = await Promise.all([ownReplicatedRedis(), ownRedis()]);
  const fleet = own(
    new Fleet({ mode: "single", redis: group.address, source: source.address, maxStalenessMs, steady }),
  );
  await fleet.begun();
  await until("the lost changes are noticed", async () => {
    await staleReplicaTakesOver(fleet, group);
    await pause(500);
    return violations["no stale value"](fleet.history).length > 0;
  });
  await fleet.stop();
});

/** Nothing reaches the replica for a while; then it takes over without what it missed. */
async function staleReplicaTakesOver(fleet: Fleet, group: ReplicatedRedis): Promise<void> {
  const successor = oneOf(group.replicas)!;
  const deposition = oneOf(["killed", "frozen", "demoted"] as const)!;
  await fleet.during("pause", () =>
    fleet.during("loss", async () => {
      group.linkOf(successor).stall();
      await pause(Math.random() * 400);
      await group.failOver(successor, deposition);
    }),
  );
}
