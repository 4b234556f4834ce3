/**
 * Eight processes add the same orders to a board, while processes are frozen and killed, connections cut and replies lost: each
 * order counts once. With a killed primary some are lost, whole ones, and come back when they are added again.
 * LARDER_HISTORY_SECONDS makes the runs longer.
 */
import { join } from "node:path";
import { temporaryFolder } from "../../../../local/setup/data-folder";
import type { RedisAddress } from "../../../../local/servers/redis";
import { disturb, oneOf, ProcessFleet } from "../../../support/process-fleet";
import { ownProxiedRedis } from "../../../support/proxied-redis";
import { connected, reach, type RedisMode, redisModes } from "../../../support/redis-clients";
import { ownReplicatedRedis } from "../../../support/replicated-redis";
import { own, ownRedis } from "../../../support/servers";
import { until } from "../../../support/until";
import { boardOn, knownTo, toldIn, wrongWindows } from "./counted";
import { orderOf, type WorkerSettings } from "./worker-settings";

const seconds = Number(process.env["LARDER_HISTORY_SECONDS"] ?? 4);
const timeoutMs = (seconds + 90) * 1_000;

function fleetOn(mode: RedisMode, redis: RedisAddress, { processes = 8, knowsOrders = true } = {}) {
  const historyFolder = temporaryFolder();
  const crashes: unknown[] = [];
  const nowMs = Date.now();
  const fleet = own(
    new ProcessFleet({
      program: join(__dirname, "worker.ts"),
      settings: { mode, redis, historyFolder, nowMs, knowsOrders } satisfies WorkerSettings,
      processes,
      onCrash: (code) => crashes.push(code),
    }),
  );
  return { fleet, crashes, nowMs, told: () => toldIn(historyFolder) };
}

it.each(redisModes)(
  "each order counts once, whatever happens to processes and answers (%s)",
  async (mode) => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const { fleet, crashes, nowMs, told } = fleetOn(mode, address);
    await until("orders are added", () => told().added.length > 0);
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

    const redis = connected(reach(mode, address));
    const { sent, added } = told();
    const known = await knownTo(redis, sent, nowMs);
    expect(await wrongWindows(redis, known, nowMs)).toEqual([]);
    expect(new Set(added).size).toBe(added.length); // nobody else was told so
    expect(added.filter((number) => !known.has(number))).toEqual([]);
    expect(added.length).toBeGreaterThan(seconds * 20);

    for (const number of sent) await boardOn(redis).add(orderOf(number, nowMs).changes, orderOf(number, nowMs));
    expect(await wrongWindows(redis, sent, nowMs)).toEqual([]);
  },
  timeoutMs,
);

it(
  "a killed primary loses what its replica hadn't got, whole orders, and takes them again",
  async () => {
    const replicated = await ownReplicatedRedis();
    const processes = 4;
    const { fleet, nowMs, told } = fleetOn("single", replicated.address, { processes });
    await until("orders are added", () => told().added.length > 100);
    const successor = replicated.replicas[0]!;
    const before = told().added.length;
    await replicated.replicasCaughtUp();
    replicated.linkOf(successor).stall(); // it misses what comes now
    await until("some are added that it misses", () => told().added.length > before + 50);
    const failover = replicated.failOver(successor, "killed"); // cuts all connections at once
    const missed = told().added.length - before + processes * 4; // and what each process has under way
    await failover;
    const after = told().added.length;
    await until("orders are added again", () => told().added.length > after + 50);
    await fleet.end();

    const redis = connected(reach("single", replicated.address));
    const { sent, added } = told();
    const known = await knownTo(redis, sent, nowMs);
    expect(await wrongWindows(redis, known, nowMs)).toEqual([]);
    const lost = new Set(added.filter((number) => !known.has(number)));
    expect(lost.size).toBeLessThanOrEqual(missed);
    if (process.env["LARDER_HISTORY_SECONDS"] !== undefined)
      console.log(`of ${added.length} acknowledged orders the failover lost ${lost.size}`);

    for (const number of sent) await boardOn(redis).add(orderOf(number, nowMs).changes, orderOf(number, nowMs));
    expect(await wrongWindows(redis, sent, nowMs)).toEqual([]);
  },
  timeoutMs,
);

it(
  "the check finds orders that count again where their ids aren't known",
  async () => {
    const { address } = await ownRedis();
    const { fleet, nowMs, told } = fleetOn("single", address, { processes: 2, knowsOrders: false });
    await until("an order was added twice", () => told().added.length > new Set(told().added).size);
    await fleet.end();
    expect(await wrongWindows(connected(reach("single", address)), told().sent, nowMs)).not.toEqual([]);
  },
  timeoutMs,
);
