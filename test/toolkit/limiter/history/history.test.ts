/**
 * Eight processes on a few limits, while processes are frozen and killed, connections cut and replies lost: nothing is ever
 * allowed twice. With a killed primary the excess is at most what its replicas hadn't got. LARDER_HISTORY_SECONDS makes
 * the runs longer.
 */
import { join } from "node:path";
import { temporaryFolder } from "../../../../local/setup/data-folder";
import type { RedisAddress } from "../../../../local/servers/redis";
import { ownProxiedRedis } from "../../../support/proxied-redis";
import { disturb, oneOf, ProcessFleet } from "../../../support/process-fleet";
import { type RedisMode, redisModes } from "../../../support/redis-clients";
import { ownReplicatedRedis } from "../../../support/replicated-redis";
import { own } from "../../../support/servers";
import { until } from "../../../support/until";
import { allowedUses, excessOf } from "./excess";
import type { WorkerSettings } from "./worker-settings";

const seconds = Number(process.env["LARDER_HISTORY_SECONDS"] ?? 5);
const timeoutMs = (seconds + 60) * 1_000;

function fleetOn(mode: RedisMode, redis: RedisAddress) {
  const historyFolder = temporaryFolder();
  const crashes: unknown[] = [];
  const fleet = own(
    new ProcessFleet({
      program: join(__dirname, "worker.ts"),
      settings: { mode, redis, historyFolder } satisfies WorkerSettings,
      processes: 8,
      onCrash: (code) => crashes.push(code),
    }),
  );
  return { fleet, crashes, uses: () => allowedUses(historyFolder) };
}

it.each(redisModes)(
  "nothing is allowed beyond a limit, whatever happens to processes and answers (%s)",
  async (mode) => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const { fleet, crashes, uses } = fleetOn(mode, address);
    await until("limits are used", () => uses().length > 0);
    await disturb(
      [
        () => fleet.freezeOne(Math.random() * 600),
        () => fleet.killOne(),
        () => oneOf(proxies)?.cut(Math.random()),
        () => oneOf(proxies)?.cutAfterNextCommand(Math.random()),
        () => oneOf(proxies)?.loseReplies(Math.random()),
      ],
      seconds,
    );
    await fleet.end();
    expect(crashes).toEqual([]);
    expect(excessOf(uses())).toBe(0);
    expect(uses().length).toBeGreaterThan(seconds * 20);
  },
  timeoutMs,
);

it(
  "a killed primary allows no more again than what its replica hadn't got",
  async () => {
    const redis = await ownReplicatedRedis();
    const { fleet, uses } = fleetOn("single", redis.address);
    await until("limits are used", () => uses().length > 0);
    let missed = 0;
    await disturb(
      [
        async () => {
          const successor = redis.replicas[0]!;
          const before = uses().length;
          await redis.replicasCaughtUp();
          redis.linkOf(successor).stall(); // it misses what comes now
          await until("something is used that it misses", () => uses().length > before + 20);
          const failover = redis.failOver(successor, "killed"); // cuts all connections at once
          missed += uses().length - before + 8 * 4; // and what each process has under way
          await failover;
        },
      ],
      seconds,
    );
    await fleet.end();
    const excess = excessOf(uses());
    expect(missed).toBeGreaterThan(0);
    expect(excess).toBeLessThanOrEqual(missed * 3); // each costs at most three
  },
  timeoutMs,
);

it("the check finds what was allowed twice", () => {
  const use = { limiter: "gcra", subject: "one", cost: 1 };
  expect(excessOf([10_000, 20_000, 20_000].map((mark) => ({ ...use, mark })))).toBe(1);
  const fixed = { limiter: "fixed", subject: "one", cost: 3, mark: 7 };
  expect(excessOf(Array(17).fill(fixed))).toBe(1);
});
