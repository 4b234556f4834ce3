import { connectRedis, guardOf, type RedisClient, SessionStore, type SignIn } from "@larder/toolkit";
import { sessionSlot } from "../../../toolkit/redis/keys";
import { freePort } from "../../../local/servers/ports";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { until } from "../../support/until";
import { adding, type Cart, cartSessions, newOwner, parseCart, signIn } from "./cart-sessions";

const onRedis = <T>(redis: RedisClient, work: (client: RedisClient) => Promise<T>) =>
  guardOf(redis).run("test", 5_000, work);

describe.each(redisModes)("a session (%s)", (mode) => {
  const redis = () => connected(addressOf(mode));

  it("is found by its token in another process, and by nothing else", async () => {
    const owner = newOwner();
    const { token, session } = await signIn(cartSessions(redis()), owner, ["42"]);
    const other = await signIn(cartSessions(redis()), newOwner());

    const store = cartSessions(redis());
    await expect(store.read(token)).resolves.toEqual({ ...session, data: { items: ["42"] }, userId: owner.userId });
    const [slot, secret] = token.split(".");
    for (const foreign of [`${other.token.split(".")[0]}.${secret}`, `${slot}.${other.token.split(".")[1]}`])
      await expect(store.read(foreign)).resolves.toBeUndefined();
    expect(token).not.toContain(session.id);
    await expect(store.read(`${slot}.${session.id}`)).resolves.toBeUndefined();
  });

  it("leaves nothing in Redis by which anybody could sign in", async () => {
    const client = redis();
    const owner = newOwner();
    const { token } = await signIn(cartSessions(client), owner);
    const { sessions } = sessionSlot(owner.slot);
    const stored = await onRedis(client, (each) => each.hgetall(sessions));
    expect(JSON.stringify(stored)).not.toContain(token.split(".")[1]);
  });

  it("ends when it isn't used, and lives on while it is", async () => {
    const store = cartSessions(redis(), { idleMs: 1_000 });
    const owner = newOwner();
    const [{ token, session }, unused] = [await signIn(store, owner), await signIn(store, owner)];
    expect(session.expiresAtMs).toBe(session.createdAtMs + 1_000);
    await until("it has been used for longer than it may be idle", async () => {
      const read = await store.read(token);
      return read!.lastSeenAtMs > session.createdAtMs + 1_000;
    });
    await expect(store.read(unused.token)).resolves.toBeUndefined();
    await until("it has ended", async () => (await store.list(owner)).length === 0);
    await expect(store.read(token)).resolves.toBeUndefined();
    await expect(store.update(token, adding("42"))).resolves.toBeUndefined();
  });

  it("ends in the end, though it is used", async () => {
    const owner = newOwner();
    const store = cartSessions(redis(), { idleMs: 1_000, absoluteMs: 1_500 });
    const { token, session } = await signIn(store, owner);
    await signIn(cartSessions(redis()), owner); // keeps their common key
    let last = session;
    await until("it has ended", async () => {
      const read = await store.read(token);
      if (read !== undefined) last = read;
      return read === undefined;
    });
    expect(last.lastSeenAtMs).toBeGreaterThan(session.createdAtMs);
    expect(last.expiresAtMs).toBe(session.createdAtMs + 1_500);
  });

  it("leaves no key without a lifetime, and none for longer than its owner has a session", async () => {
    const client = redis();
    const store = cartSessions(client);
    const owner = newOwner();
    const { sessions } = sessionSlot(owner.slot);
    const ttlMs = () => onRedis(client, (each) => each.pttl(sessions));
    const within = (least: number, most: number, ms: number) =>
      expect(ms >= least && ms <= most ? "within" : ms).toBe("within");

    const begun = await store.begin(owner);
    within(1, 60_000, await ttlMs());
    const { token } = (await store.create(begun, { items: [] }))!;
    within(50_000, 60_000, await ttlMs());
    await store.update(token, adding("42"));
    within(50_000, 60_000, await ttlMs());
    await store.destroyAll(owner);
    within(1, 120_000, await ttlMs());
  });

  it("is written by a read only when it wasn't seen for a while", async () => {
    const client = redis();
    const owner = newOwner();
    const { token, session } = await signIn(cartSessions(client), owner);
    const { sessions } = sessionSlot(owner.slot);
    const stored = () => onRedis(client, (each) => each.hget(sessions, session.id));

    const before = await stored();
    await cartSessions(client, { touchEveryMs: 50_000 }).read(token);
    expect(await stored()).toBe(before);
    const each = cartSessions(client, { touchEveryMs: 0 });
    await until("a read has moved its end", async () => (await each.read(token))!.expiresAtMs > session.expiresAtMs);
    expect(await stored()).not.toBe(before);
  });

  it("is listed with the others of its owner, the newest first", async () => {
    const store = cartSessions(redis());
    const owner = newOwner();
    await signIn(store, newOwner());
    const first = await signIn(store, owner, ["1"]);
    await until("time goes on", async () => (await store.begin(owner)).begunAtMs > first.session.createdAtMs);
    const second = await signIn(store, owner, ["2"]);
    await expect(store.list(owner)).resolves.toEqual([second.session, first.session]);
    await store.destroyById(owner, first.session.id);
    await store.destroyById(owner, "no id");
    await expect(store.list(owner)).resolves.toEqual([second.session]);
    await expect(store.list(newOwner())).resolves.toEqual([]);
  });

  it("is one of at most twenty of a user: the oldest ends, those that have expired don't count", async () => {
    const client = redis();
    const store = cartSessions(client);
    const owner = newOwner();
    const first = await signIn(store, owner);
    await until("time goes on", async () => (await store.begin(owner)).begunAtMs > first.session.createdAtMs);
    const { sessions } = sessionSlot(owner.slot);
    const expired = Array.from({ length: 30 }, (_, at) => [
      `expired ${at}`,
      '1 1 \n{"userId":"1","data":{"items":[]}}',
    ]);
    await onRedis(client, (each) => each.hset(sessions, Object.fromEntries(expired) as Record<string, string>));

    const others = [];
    while (others.length < 19) others.push(await signIn(store, owner));
    await expect(store.read(first.token)).resolves.toEqual(first.session);
    await expect(onRedis(client, (each) => each.hlen(sessions))).resolves.toBe(20 + 1); // and the epoch
    others.push(await signIn(store, owner));
    await expect(store.read(first.token)).resolves.toBeUndefined();
    const ids = others.map(({ session }) => session.id);
    expect((await store.list(owner)).map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it("keeps what a newer release has added when this one changes it, and isn't touched where its data aren't understood", async () => {
    const client = redis();
    const store = cartSessions(client);
    const owner = newOwner();
    const { sessions } = sessionSlot(owner.slot);
    const { token, session } = await signIn(store, owner);
    const stored = () => onRedis(client, (each) => each.hget(sessions, session.id)).then(String);
    const replace = async (text: string, by: string) => {
      const record = (await stored()).replace(text, by);
      await onRedis(client, (each) => each.hset(sessions, session.id, record));
    };

    await replace('"userId"', '"device":"phone","userId"');
    await store.update(token, adding("42"));
    expect(await stored()).toContain('{"device":"phone","userId"');
    await replace('"items"', '"basket"');
    await expect(store.read(token)).resolves.toBeUndefined();
    await expect(store.update(token, adding("43"))).resolves.toBeUndefined();
    await expect(store.list(owner)).resolves.toEqual([]);
    expect(await stored()).toContain('"basket":["42"]');
    await replace('{"device"', "{device");
    await expect(store.read(token)).resolves.toBeUndefined();
    await store.destroy(token);
    expect(await stored()).toMatch(/^gone \d+$/);
  });

  it("refuses data that are too large, and shows how large", async () => {
    const store = cartSessions(redis());
    const { token, session } = await signIn(store, newOwner());
    const large = { items: ["é".repeat(8_192)] };
    const refusal = "session data have 16398 bytes: keep at most 16384";
    await expect(store.create(await store.begin(newOwner()), large)).rejects.toThrow(refusal);
    await expect(store.update(token, () => large)).rejects.toThrow(refusal);
    await expect(store.read(token)).resolves.toEqual(session);
  });
});

it("a token that can't be one costs no call", async () => {
  const nowhere = connectRedis({ mode: "single", host: "127.0.0.1", port: await freePort() });
  const store = cartSessions(nowhere, { deadlineMs: 50 });
  const { token } = await signIn(cartSessions(connected(addressOf("single"))), newOwner());
  const malformed = [
    "",
    "x",
    "a".repeat(100_000),
    `${token}x`,
    ` ${token}`,
    `${token}\n`,
    token.slice(1),
    token.replace(".", ""),
    `${token.slice(0, -1)}é`,
  ];
  for (const each of malformed) {
    await expect(store.read(each)).resolves.toBeUndefined();
    await expect(store.update(each, adding("42"))).resolves.toBeUndefined();
    await store.destroy(each);
  }
  await expect(store.read(token)).rejects.toMatchObject({ name: "RedisUnavailableError" }); // this one would
  nowhere.disconnect();
});

it("a read of what was seen lately changes nothing in Redis", async () => {
  const redis = connected(reach("single", (await ownRedis()).address));
  const store = cartSessions(redis);
  const owner = newOwner();
  const { token } = await signIn(store, owner);
  const changes = async () =>
    /rdb_changes_since_last_save:(\d+)/.exec(await onRedis(redis, (client) => client.info("persistence")))![1];
  const before = await changes();
  await store.read(token);
  await store.list(owner);
  expect(await changes()).toBe(before);
  await store.update(token, adding("42"));
  expect(await changes()).not.toBe(before);
});

it("when Redis' memory is full nobody can sign in, but sessions can be read and ended", async () => {
  const redis = connected(reach("single", (await ownRedis()).address));
  const store = cartSessions(redis, { touchEveryMs: 0 });
  const owner = newOwner();
  const [one, other] = [await signIn(store, owner), await signIn(store, owner)];
  await onRedis(redis, (client) => client.config("SET", "maxmemory", "1"));

  await expect(store.begin(owner)).rejects.toThrow("OOM");
  await expect(store.update(one.token, adding("42"))).rejects.toThrow("OOM");
  await until("it is seen anew", async () => (await store.read(one.token))!.lastSeenAtMs > one.session.lastSeenAtMs);
  await store.destroy(one.token);
  expect((await store.list(owner)).map(({ id }) => id)).toEqual([other.session.id]);
  await store.destroyAll(owner);
  await expect(store.read(other.token)).resolves.toBeUndefined();
});

it.each([
  [{ idleMs: 0 }, "idleMs is 0"],
  [{ absoluteMs: 10 }, "absoluteMs is 10: give at least idleMs, 1000"],
  [{ touchEveryMs: 1_000 }, "touchEveryMs is 1000: give less than idleMs, 1000"],
  [{ deadlineMs: 0.5 }, "deadlineMs is 0.5"],
])("refuses %j", (options, message) => {
  const redis = connected(addressOf("single"));
  const make = () => new SessionStore<Cart>({ redis, idleMs: 1_000, absoluteMs: 1_000, parse: parseCart, ...options });
  expect(make).toThrow(message);
});

it.each([undefined, "json"])("refuses a parse that is no function but %j", (parse) => {
  const options = { redis: connected(addressOf("single")), idleMs: 1_000, absoluteMs: 1_000 };
  expect(() => new SessionStore({ ...options, parse: parse as never })).toThrow("parse of a session store is ");
});

it("refuses data, and reads none, by a parse that answers a promise: all would pass", async () => {
  const redis = connected(addressOf("single"));
  const owner = newOwner();
  const { token } = await signIn(cartSessions(redis), owner);
  const store = cartSessions(redis, { parse: (async () => Promise.reject(new Error("no cart"))) as never });
  const refusal = "parse of a session store answered a promise: give a function that answers at once";
  await expect(store.create(await store.begin(owner), { items: [] })).rejects.toThrow(refusal);
  await expect(store.read(token)).rejects.toThrow(refusal);
  await expect(cartSessions(redis).read(token)).resolves.toBeDefined();
});

it.each([7, "", "\ud800", undefined])("refuses the user id %j, wherever an owner is taken", async (userId) => {
  const store = cartSessions(connected(addressOf("single")));
  const owner = { ...newOwner(), userId: userId as string };
  const refusal = `userId is ${typeof userId === "string" ? JSON.stringify(userId) : userId}: `;
  await expect(store.begin(owner)).rejects.toThrow(refusal);
  await expect(store.list(owner)).rejects.toThrow(refusal);
  await expect(store.destroyAll(owner)).rejects.toThrow(refusal);
  await expect(store.destroyById(owner, "x")).rejects.toThrow(refusal);
});

it("says what a sign-in that was copied lacks", async () => {
  const store = cartSessions(connected(addressOf("single")));
  const begun = await store.begin(newOwner());
  for (const copy of [JSON.parse(JSON.stringify(begun)), Object.assign({}, begun)])
    await expect(store.create(copy as SignIn, { items: [] })).rejects.toThrow(
      "it can't be copied, nor go through JSON",
    );
});

it("refuses a slot that newSessionSlot hasn't made", async () => {
  const store = cartSessions(connected(addressOf("single")));
  await expect(store.begin({ userId: "1", slot: "1" })).rejects.toThrow('the session slot "1" isn\'t one');
});
