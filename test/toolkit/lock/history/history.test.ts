/**
 * Eight processes that take a few locks and write to rows in PostgreSQL, while processes are frozen and killed, connections cut,
 * replies lost and primaries killed: what is accepted is in the order of the tokens, and who believes to have a lock has it.
 * LARDER_HISTORY_SECONDS makes the runs longer.
 */
import { join } from "node:path";
import { Client, type ClientConfig } from "pg";
import { temporaryFolder } from "../../../../local/setup/data-folder";
import { disturb, oneOf, ProcessFleet } from "../../../support/process-fleet";
import { ownProxiedRedis } from "../../../support/proxied-redis";
import { redisModes } from "../../../support/redis-clients";
import { ownReplicatedRedis } from "../../../support/replicated-redis";
import { own, servers } from "../../../support/servers";
import { newDatabase } from "../../../support/shop-database";
import { until } from "../../../support/until";
import { acceptedWrites, createRows } from "../guarded-row";
import { beliefs, outOfOrder, wrongBeliefs } from "./violations";
import { names, type WorkerSettings } from "./worker-settings";

const seconds = Number(process.env["LARDER_HISTORY_SECONDS"] ?? 5);
const timeoutMs = (seconds + 60) * 1_000;

async function fleetOn(settings: Pick<WorkerSettings, "mode" | "redis" | "replicas" | "fenced">) {
  const { DATABASE_NAME: database } = await newDatabase();
  const { host, port, master } = servers().postgres;
  const postgres: ClientConfig = { host, port, database, ...master };
  const client = new Client(postgres);
  await client.connect();
  own({ stop: () => client.end() });
  await createRows(client, names);
  const historyFolder = temporaryFolder();
  const crashes: unknown[] = [];
  const fleet = own(
    new ProcessFleet({
      program: join(__dirname, "worker.ts"),
      settings: { ...settings, postgres, historyFolder } satisfies WorkerSettings,
      processes: 8,
      onCrash: (code) => crashes.push(code),
    }),
  );
  const writes = () => acceptedWrites(client);
  await until("something is written", async () => (await writes()).length > 0);
  return { fleet, crashes, writes, beliefs: () => beliefs(historyFolder) };
}

it.each(redisModes)(
  "writes are accepted in the order of the tokens, and who believes to have a lock has it (%s)",
  async (mode) => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const history = await fleetOn({ mode, redis: address, replicas: 0, fenced: true });
    const { fleet } = history;
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
    expect(history.crashes).toEqual([]);
    const writes = await history.writes();
    expect(outOfOrder(writes)).toEqual([]);
    expect(wrongBeliefs(history.beliefs())).toEqual([]);
    expect(writes.length).toBeGreaterThan(seconds * 20);
  },
  timeoutMs,
);

it(
  "replicated leases outlive their primary: nobody believes to have what another one has",
  async () => {
    const redis = await ownReplicatedRedis();
    const history = await fleetOn({ mode: "single", redis: redis.address, replicas: 2, fenced: true });
    const { fleet } = history;
    await disturb(
      [
        () => redis.failOver(oneOf(redis.replicas)!, oneOf(["killed", "frozen", "demoted"] as const)!),
        () => fleet.freezeOne(Math.random() * 600),
      ],
      seconds,
    );
    await fleet.end();
    expect(history.crashes).toEqual([]);
    expect(outOfOrder(await history.writes())).toEqual([]);
    expect(wrongBeliefs(history.beliefs())).toEqual([]);
    expect(history.beliefs().length).toBeGreaterThan(seconds * 5);
  },
  timeoutMs,
);

it(
  "without the check of tokens a frozen holder's late write is accepted, so that the histories above mean something",
  async () => {
    const { address } = await ownProxiedRedis("single");
    const { fleet, writes } = await fleetOn({ mode: "single", redis: address, replicas: 0, fenced: false });
    await until("a write is out of order", async () => {
      await fleet.freezeOne(500);
      return outOfOrder(await writes()).length > 0;
    });
    await fleet.end();
  },
  timeoutMs,
);

describe("the check", () => {
  it("finds a write under an older token, and one of another holder", () => {
    const write = { name: "one", write: 1, token: 5, holder: "a" };
    expect(outOfOrder([write, { ...write, token: 6 }, write])).toEqual([write]);
    expect(outOfOrder([write, { ...write, holder: "b" }])).toEqual([{ ...write, holder: "b" }]);
    expect(outOfOrder([write, write, { ...write, name: "two", token: 4 }])).toEqual([]);
  });

  it("finds a belief that the next token has ended", () => {
    const belief = { name: "one", token: 5_000, holder: "a", atUs: 7_000 };
    const next = { name: "one", token: 7_000, holder: "b", atUs: 8_000 };
    expect(wrongBeliefs([belief, next])).toEqual([belief]);
    expect(wrongBeliefs([{ ...belief, atUs: 6_999 }, next])).toEqual([]);
  });
});
