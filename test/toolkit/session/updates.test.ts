/** Changes of one session's data by many at once. */
import { SessionContendedError } from "@larder/toolkit";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { bundled, pause } from "../../support/process-fleet";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { servers } from "../../support/servers";
import { until } from "../../support/until";
import { adding, cartSessions, newOwner, signIn } from "./cart-sessions";
import { beginProcess } from "./processes";
import type { Outcomes } from "./session-process";

const items = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at}`);

describe.each(redisModes)("changes of one session (%s)", (mode) => {
  const redisAddress = () => {
    const { redis, cluster } = servers();
    return mode === "single" ? redis : { ...cluster, ...cluster.nodes[0]! };
  };

  it("are all made, of two processes with many at once", async () => {
    const store = cartSessions(connected(addressOf(mode)));
    const { token } = await signIn(store, newOwner());
    const processes = ["a", "b"].map((name) =>
      beginProcess({
        mode,
        redis: redisAddress(),
        task: { do: "updates", token, items: items(name, 100), inFlight: 10 },
      }),
    );
    await Promise.all(processes.map(({ answer }) => answer));
    const session = await store.read(token);
    expect(session!.data.items.toSorted()).toEqual([...items("a", 100), ...items("b", 100)].sort());
  });

  it("are each made on what the others have made, also by a process that was frozen in between", async () => {
    const store = cartSessions(connected(addressOf(mode)));
    const { token } = await signIn(store, newOwner());
    const frozen = beginProcess({ mode, redis: redisAddress(), task: { do: "update, frozen", token, item: "late" } });
    await frozen.isFrozen();
    await store.update(token, adding("meanwhile"));
    frozen.thaw();
    await expect(frozen.answer).resolves.toMatchObject({ data: { items: ["meanwhile", "late"] } });
    expect((await store.read(token))!.data.items).toEqual(["meanwhile", "late"]);
  });

  it("are each made once, though connections are cut and replies are lost", async () => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const store = cartSessions(connected(reach(mode, address)));
    const { token } = await signIn(store, newOwner());
    const processes = ["a", "b"].map((name) =>
      beginProcess({ mode, redis: address, task: { do: "updates", token, items: items(name, 300), inFlight: 4 } }),
    );
    const run = { underWay: true };
    const ended = Promise.all(processes.map(({ answer }) => answer as Promise<Outcomes>)).finally(
      () => (run.underWay = false),
    );
    let cuts = 0;
    for (; run.underWay; cuts++) {
      for (const proxy of proxies) proxy.cutAfterNextCommand(0.5);
      await pause(50 + Math.random() * 100);
    }
    const outcomes = await ended;

    const present = (await cartSessions(connected(reach(mode, address))).read(token))!.data.items;
    expect(new Set(present).size).toBe(present.length);
    const of = (outcome: keyof Outcomes) => outcomes.flatMap((each) => each[outcome]);
    expect(of("made").filter((item) => !present.includes(item))).toEqual([]);
    expect(of("made").length).toBeGreaterThan(50);
    expect(cuts).toBeGreaterThan(1);
  }, 60_000);
});

describe("a change whose reply is lost, and which others have followed before it is sent again", () => {
  /** Makes the change `own`, and `others` after it, before its connection comes back. */
  async function change(others: number) {
    const { address, proxies, servers } = await ownProxiedRedis("single");
    const [proxy, server] = [proxies[0]!, servers[0]!];
    const client = connected(reach("single", address));
    const [store, direct] = [cartSessions(client), cartSessions(connected(reach("single", server.address)))];
    const { token } = await signIn(store, newOwner());
    await store.update(token, (cart) => cart); // the server knows the script
    const outcome = store
      .update(token, (cart) => {
        proxy.cutAfterNextCommand();
        client.once("close", () => proxy.lead(undefined));
        return adding("own")(cart);
      })
      .then(
        (session) => session?.data.items,
        (error: unknown) => error,
      );
    await until("it has been made", async () => (await direct.read(token))!.data.items.includes("own"));
    for (const item of items("other", others)) await direct.update(token, adding(item));
    proxy.lead(server.address.port);
    const all = ["own", ...items("other", others)];
    return { outcome: await outcome, all, stored: (await direct.read(token))!.data.items };
  }

  it("is known to have been made, and not made again", async () => {
    const { outcome, all, stored } = await change(15);
    expect(outcome).toEqual(all);
    expect(stored).toEqual(all);
  });

  it("isn't made again either when so many followed that it isn't known", async () => {
    const { outcome, all, stored } = await change(16);
    expect(outcome).toMatchObject({ name: "RedisUnavailableError", reason: "failed", mayBeDone: true });
    expect(stored).toEqual(all);
  });
});

it("a change that others forestall again and again is given up, and not made", async () => {
  const { redis } = servers();
  const store = cartSessions(connected(addressOf("single")));
  const { token } = await signIn(store, newOwner());
  const changesMade = new Int32Array(new SharedArrayBuffer(4));
  const rival = new Worker(bundled(join(__dirname, "rival.ts")), { workerData: { redis, token, changesMade } });

  const change = store.update(token, (cart) => {
    // Holds this thread up until the rival has made two more: the first may have been made before the cart was read.
    const before = Atomics.load(changesMade, 0);
    for (let made = before; made < before + 2; made = Atomics.load(changesMade, 0)) Atomics.wait(changesMade, 0, made);
    return adding("never")(cart);
  });
  await expect(change).rejects.toBeInstanceOf(SessionContendedError);
  await rival.terminate();
  expect((await store.read(token))!.data.items).toEqual(["rival"]);
});
