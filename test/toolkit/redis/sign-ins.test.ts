/** How connections sign in by IAM and stay signed in, before a front that checks tokens and ends connections as ElastiCache does. */
import {
  guardOf,
  iamCredentials,
  RedisUnavailableError,
  type RedisClient,
  type RedisCredentials,
} from "@larder/toolkit";
import { ConfirmedWrites } from "../../../toolkit/redis/confirmed-writes";
import { lockSlot } from "../../../toolkit/redis/keys";
import { subscriberOf } from "../../../toolkit/redis/subscriber";
import { OwnElastiCache } from "../../support/own-elasticache";
import { connected, redisModes } from "../../support/redis-clients";
import { until } from "../../support/until";
import { leaseOf, newLocks } from "../lock/lock-names";

const patientMs = 5_000;
const minuteMs = 60_000;
const keys = Array.from({ length: 30 }, (_, at) => `larder:key ${at}`);

function read(client: RedisClient, key: string, deadlineMs = patientMs): Promise<unknown> {
  return guardOf(client).run("get", deadlineMs, (redis) => redis.get(key), key);
}

function readAll(client: RedisClient): Promise<unknown> {
  return Promise.all(keys.map((key) => read(client, key)));
}

function transaction(client: RedisClient, key: string): Promise<unknown> {
  return guardOf(client).run("multi", patientMs, (redis) => redis.multi().incr(key).pexpire(key, 60_000).exec(), key);
}

const clients: RedisClient[] = [];

function signedIn(cache: OwnElastiCache, credentials?: RedisCredentials) {
  const errors: string[] = [];
  const onError = ({ message, cause }: Error) => errors.push(cause instanceof Error ? cause.message : message);
  const client = connected({ ...cache.reach(credentials), onError });
  clients.push(client);
  return { errors, client };
}

describe.each(redisModes)("a client that signs in by IAM (%s)", (mode) => {
  let cache: OwnElastiCache;
  beforeAll(async () => (cache = await OwnElastiCache.start(mode)));
  beforeEach(() => {
    cache.skewMs = 0;
    cache.allow(cache.resourceArn, cache.userArn);
    cache.forget();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await until("nobody is connected", () => cache.fronts.every(({ connections }) => connections === 0));
  });

  it("signs in again before its connections are ended, and no command notices", async () => {
    const { client, errors } = signedIn(cache);
    await readAll(client);
    cache.forget();
    for (let hour = 0; hour < 36; hour++) {
      const underWay = [readAll(client), ...keys.map((key) => transaction(client, `${key} counted`))];
      cache.passHours(1);
      await Promise.all([...underWay, readAll(client), transaction(client, "larder:counted")]);
    }
    expect(cache.ended).toBe(0);
    expect(cache.signIns).toEqual(Array(3 * cache.servers.length).fill("good"));
    expect(cache.signInsInTransactions).toBe(0);
    expect(errors).toEqual([]);
  });

  it("would be cut off otherwise", async () => {
    const { username, password } = iamCredentials(cache.credentialOptions());
    const { client } = signedIn(cache, { username, password });
    await readAll(client);
    for (let hour = 0; hour < 12; hour++) cache.passHours(1);
    expect(cache.ended).toBeGreaterThanOrEqual(cache.servers.length);
    await until("it is connected again", () => readAll(client).catch(() => undefined));
  });

  it("would be seen signing in within a transaction", async () => {
    const { client } = signedIn(cache);
    await guardOf(client).run("multi", patientMs, async (redis) => {
      const connection = "slots" in redis ? redis.nodes("master")[0]! : redis;
      await connection.multi({ pipeline: false });
      const refused = connection.auth("larder-app", cache.reach().credentials!.password());
      await Promise.allSettled([refused, connection.discard()]);
    });
    expect(cache.signInsInTransactions).toBe(1);
  });

  it("keeps all its connections, also those that nobody uses, as long as one is used", async () => {
    const { client } = signedIn(cache);
    await readAll(client);
    cache.forget();
    cache.passHours(11);
    await read(client, keys[0]!);
    await until("all have signed in again", () => cache.signIns.length === cache.servers.length);
  });

  it.each(["monotonicMs", "wallMs"] as const)("knows how old a connection is by %s alone", async (clock) => {
    const { client } = signedIn(cache);
    await readAll(client);
    cache.forget();
    const moment = cache.clock.now;
    cache.clock.now = { ...moment, [clock]: moment[clock] + 11 * 3_600_000 };
    await read(client, keys[0]!);
    await until("it has signed in again", () => cache.signIns.length === cache.servers.length);
    cache.clock.now = moment;
  });

  it("works on when it may not sign in again, and tries until it may", async () => {
    const { client, errors } = signedIn(cache);
    await readAll(client);
    cache.forget();
    cache.allow();
    cache.passHours(11);
    await readAll(client);
    await until("the refusals are told", () => errors.length === cache.servers.length);
    await readAll(client);
    expect(cache.signIns).toEqual(Array(cache.servers.length).fill("policy")); // not at each command
    expect(errors[0]).toMatch("WRONGPASS");

    cache.allow(cache.resourceArn, cache.userArn);
    cache.forget();
    cache.clock.passMs(minuteMs);
    await readAll(client);
    await until("it has signed in again", () => cache.signIns.length === cache.servers.length);
    cache.passHours(1);
    await readAll(client);
    expect(cache.ended).toBe(0);
  });

  it.each([
    ["whose clock is 16 minutes behind", -16 * minuteMs, "expired"],
    ["whose clock is 6 minutes ahead", 6 * minuteMs, "not yet valid"],
  ])("is refused %s", async (_who, skewMs, fault) => {
    cache.skewMs = skewMs;
    const { client, errors } = signedIn(cache);
    await expect(read(client, keys[0]!, 200)).rejects.toThrow(RedisUnavailableError);
    await until("the refusal is told", () => errors.some((error) => error.includes("WRONGPASS")));
    expect(cache.signIns).toContain(fault);
    expect(cache.signIns).not.toContain("good");
  });

  it("is refused without either resource in the policy, for another group, and for another kind of cache", async () => {
    const { user, region, aws } = cache.credentialOptions();
    const signer = { user, region, aws, now: cache.clientNow };
    const isRefused = async (credentials: RedisCredentials, fault: string) => {
      const { client } = signedIn(cache, credentials);
      await until(`it is refused for its ${fault}`, () => cache.signIns.includes(fault));
      client.disconnect();
      expect(cache.signIns).not.toContain("good");
    };
    const good = iamCredentials({ ...signer, group: cache.name });
    cache.allow(cache.resourceArn);
    await isRefused(good, "policy");
    cache.forget();
    cache.allow(cache.userArn);
    await isRefused(good, "policy");
    await isRefused(iamCredentials({ ...signer, group: "another" }), "host");
    await isRefused(iamCredentials({ ...signer, serverlessCache: cache.name }), "resource type");
    await isRefused(iamCredentials({ ...signer, user: "nobody", group: cache.name }), "user");
  });
});

it("a serverless cache takes tokens of its own kind, and keeps its connections too", async () => {
  const cache = await OwnElastiCache.start("cluster", { type: "serverlesscache" });
  const { client, errors } = signedIn(cache);
  await readAll(client);
  for (let hour = 0; hour < 24; hour++) {
    cache.passHours(1);
    await readAll(client);
  }
  expect(errors).toEqual([]);
  expect(new Set(cache.signIns)).toEqual(new Set(["good"]));
  expect(cache.ended).toBe(0);
});

it("the connections that only listen, or confirm writes, stay signed in with the others", async () => {
  const cache = await OwnElastiCache.start("single");
  const { client, errors } = signedIn(cache);
  const { client: confirming } = signedIn(cache);
  const confirmed = new ConfirmedWrites(guardOf(client), { replicas: 0, connection: confirming });
  const write = { key: keys[0]!, send: (redis: RedisClient) => redis.set(keys[0]!, "1", "PX", 60_000) };
  const locks = newLocks(client);
  const lease = leaseOf(await locks.acquire("x", { leaseMs: 60_000 }));
  const waiting = locks.acquire("x", { leaseMs: 60_000, waitMs: 60_000 });
  await until("it listens", () => subscriberOf(client).isListening(lockSlot("x").news));
  await confirmed.send("set", [write]);

  for (let times = 0; times < 3; times++) {
    cache.forget();
    cache.passHours(11);
    await confirmed.send("set", [write]);
    await read(client, keys[0]!);
    await until("all three have signed in again", () => cache.signIns.length === 3);
  }
  expect(new Set(cache.signIns)).toEqual(new Set(["good"]));
  expect(cache.ended).toBe(0);
  await lease.release();
  await leaseOf(await waiting).release(); // woken by what was published
  expect(errors).toEqual([]);
});
