/** What has ended stays ended, whatever is still under way. */
import { guardOf } from "@larder/toolkit";
import { sessionSlot } from "../../../toolkit/redis/keys";
import { ownProxiedRedis } from "../../support/proxied-redis";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { servers } from "../../support/servers";
import { until } from "../../support/until";
import { adding, cartSessions, newOwner, signIn } from "./cart-sessions";
import { beginProcess } from "./processes";

describe.each(redisModes)("a session that has ended (%s)", (mode) => {
  const redis = () => connected(addressOf(mode));
  const redisAddress = () => {
    const { redis, cluster } = servers();
    return mode === "single" ? redis : { ...cluster, ...cluster.nodes[0]! };
  };

  it("isn't brought back by reads and changes that are under way", async () => {
    const [store, other] = [cartSessions(redis(), { touchEveryMs: 0 }), cartSessions(redis(), { touchEveryMs: 0 })];
    const owner = newOwner();
    for (let round = 0; round < 20; round++) {
      const { token } = await signIn(store, owner);
      const uses = (from: typeof store) => [from.read(token), from.update(token, adding("42"))];
      const underWay = [...uses(store), ...uses(other), store.destroy(token), ...uses(store), ...uses(other)];
      await Promise.all(underWay);
      await expect(other.read(token)).resolves.toBeUndefined();
    }
    await expect(store.list(owner)).resolves.toEqual([]);
  });

  it("isn't brought back by a process that was frozen between reading and writing it", async () => {
    const store = cartSessions(redis());
    const owner = newOwner();
    const { token } = await signIn(store, owner);
    const frozen = beginProcess({ mode, redis: redisAddress(), task: { do: "update, frozen", token, item: "late" } });
    await frozen.isFrozen();
    await store.destroy(token);
    frozen.thaw();
    await expect(frozen.answer).resolves.toBeUndefined();
    await expect(store.read(token)).resolves.toBeUndefined();
  });

  it.each(["destroy", "destroyAll", "replaces"] as const)(
    "isn't brought back by its own sign-in's command, arriving once more (%s)",
    async (how) => {
      const store = cartSessions(redis());
      const owner = newOwner();
      const begun = await store.begin(owner);
      const made = await store.create(begun, { items: [] });
      await expect(store.create(begun, { items: ["another"] })).resolves.toEqual(made); // before that, it changes nothing
      const { token } = made!;
      if (how === "destroy") await store.destroy(token);
      if (how === "destroyAll") await store.destroyAll(owner);
      if (how === "replaces") await store.create(await store.begin(owner), { items: [] }, { replaces: token });
      await expect(store.create(begun, { items: [] })).resolves.toBeUndefined();
      await expect(store.read(token)).resolves.toBeUndefined();
    },
  );

  it("isn't brought back by its own sign-in's command when that comes after its tombstone has gone", async () => {
    const client = redis();
    const store = cartSessions(client, { idleMs: 400 }); // a sign-in may take as long, a tombstone stays twice as long
    const owner = newOwner();
    const begun = await store.begin(owner);
    const { token, session } = (await store.create(begun, { items: [] }))!;
    await store.destroy(token);
    const { sessions } = sessionSlot(owner.slot);
    await until("the tombstone has gone", async () => {
      await signIn(store, owner);
      return (await guardOf(client).run("hexists", 5_000, (each) => each.hexists(sessions, session.id))) === 0;
    });
    expect((await store.begin(owner)).epoch).toBe(begun.epoch); // by that alone it would still be good
    await expect(store.create(begun, { items: [] })).resolves.toBeUndefined();
    await expect(store.read(token)).resolves.toBeUndefined();
  });

  it("isn't one that a client had before it signed in: a token that was foisted on it is worth nothing", async () => {
    const store = cartSessions(redis());
    const [owner, attacker] = [newOwner(), newOwner()];
    const [own, foisted] = [await signIn(store, owner), await signIn(store, attacker)];
    for (const replaces of [own.token, foisted.token, "no token"]) {
      const made = await store.create(await store.begin(owner), { items: [] }, { replaces });
      expect(made!.token).not.toBe(replaces);
      await expect(store.read(replaces)).resolves.toBeUndefined();
      await expect(store.read(made!.token)).resolves.toEqual(made!.session);
    }
    await expect(store.list(attacker)).resolves.toEqual([]);
  });

  it("has ended, and another one has begun once, though the replies are lost", async () => {
    const { address, proxies } = await ownProxiedRedis(mode);
    const client = connected(reach(mode, address));
    const store = cartSessions(client);
    const owner = newOwner();
    const losingReplies = async <T>(work: () => Promise<T>) => {
      await store.list(owner); // it is connected
      for (const proxy of proxies) proxy.cutAfterNextCommand();
      return work();
    };
    await signIn(store, owner);
    const begun = await losingReplies(() => store.begin(owner));
    const made = await losingReplies(() => store.create(begun, { items: [] }));
    await expect(store.list(owner)).resolves.toHaveLength(2);
    await expect(losingReplies(() => store.update(made!.token, adding("42")))).resolves.toMatchObject({
      data: { items: ["42"] },
    });
    await losingReplies(() => store.destroy(made!.token));
    await expect(store.list(owner)).resolves.toHaveLength(1);
    await losingReplies(() => store.destroyAll(owner));
    await expect(store.list(owner)).resolves.toEqual([]);
  });
});

describe.each(redisModes)("signing out everywhere (%s)", (mode) => {
  const redis = () => connected(addressOf(mode));

  it("ends all sessions of a user but the one that is named, and nobody else's", async () => {
    const store = cartSessions(redis());
    const owner = newOwner();
    const [one, kept, other] = [
      await signIn(store, owner),
      await signIn(store, owner),
      await signIn(store, newOwner()),
    ];
    await store.destroyAll(owner, { except: kept.session.id });
    await expect(store.read(one.token)).resolves.toBeUndefined();
    await expect(store.read(kept.token)).resolves.toEqual(kept.session);
    await expect(store.read(other.token)).resolves.toEqual(other.session);
    await store.destroyAll(owner, { except: one.session.id }); // it has ended already
    await expect(store.list(owner)).resolves.toEqual([]);
  });

  it("is refused where a token is given in place of the id of the session that stays, and doesn't show it", async () => {
    const store = cartSessions(redis());
    const owner = newOwner();
    const { token, session } = await signIn(store, owner);
    for (const except of [token, session as never]) {
      const refused = store.destroyAll(owner, { except });
      await expect(refused).rejects.toThrow("give session.id, not the token");
      await expect(refused).rejects.not.toThrow(token);
    }
    await expect(store.read(token)).resolves.toEqual(session);
  });

  it("is escaped by no sign-in and no request that is under way", async () => {
    const [store, other] = [cartSessions(redis()), cartSessions(redis(), { touchEveryMs: 0 })];
    const owner = newOwner();
    for (let round = 0; round < 20; round++) {
      const begun = await Promise.all(Array.from({ length: 10 }, () => store.begin(owner)));
      const present = await signIn(store, owner);
      const create = (at: number) => (at % 2 === 0 ? store : other).create(begun[at]!, { items: [] });
      const early = [0, 1, 2, 3, 4].map(create);
      const requests = [store, other].flatMap((each) => [
        each.read(present.token),
        each.update(present.token, adding("42")),
      ]);
      const end = store.destroyAll(owner);
      await Promise.all([...early, ...requests, end, ...[5, 6, 7].map(create)]);
      await Promise.all([8, 9].map(create));
      await expect(other.list(owner)).resolves.toEqual([]);
      await expect(other.read(present.token)).resolves.toBeUndefined();
    }
  });

  it("is escaped by no sign-in that was frozen between checking who it is and making its session", async () => {
    const { redis: single, cluster } = servers();
    const address = mode === "single" ? single : { ...cluster, ...cluster.nodes[0]! };
    const store = cartSessions(redis());
    const owner = newOwner();
    const task = { do: "sign in, frozen", owner } as const;
    const [overtaken, undisturbed] = [1, 2].map(() => beginProcess({ mode, redis: address, task }));
    await overtaken!.isFrozen();
    await undisturbed!.isFrozen();
    undisturbed!.thaw();
    await expect(undisturbed!.answer).resolves.toEqual(expect.any(String));
    await store.destroyAll(owner);
    overtaken!.thaw();
    await expect(overtaken!.answer).resolves.toBeUndefined();
    await expect(store.list(owner)).resolves.toEqual([]);
  });
});

it("a session's command that the network brings late, after its end, makes none", async () => {
  const { address, proxies, servers } = await ownProxiedRedis("single");
  const direct = connected(reach("single", servers[0]!.address));
  const stalled = cartSessions(connected(reach("single", address)), { deadlineMs: 300 });
  const store = cartSessions(direct);
  const owner = newOwner();
  await signIn(stalled, owner); // it is connected, and the server knows the scripts
  const begun = await stalled.begin(owner);
  const calls = async () => {
    const statistics = await guardOf(direct).run("info", 5_000, (client) => client.info("commandstats"));
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(statistics)![1]);
  };

  proxies[0]!.stall();
  await expect(stalled.create(begun, { items: [] })).rejects.toMatchObject({ reason: "deadline", mayBeDone: true });
  const { token } = (await store.create(begun, { items: [] }))!; // the same sign-in, by another way
  await store.destroy(token);
  const callsBefore = await calls();
  proxies[0]!.resume();
  await until("the late command has arrived", async () => (await calls()) > callsBefore);
  await expect(store.read(token)).resolves.toBeUndefined();
});
