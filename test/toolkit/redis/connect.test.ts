import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort } from "../../../local/servers/ports";
import { bundled } from "../../support/process-fleet";
import { guardOf, RedisUnavailableError, type RedisClient } from "@larder/toolkit";
import { primaryNameOf } from "../../../toolkit/redis/primaries";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { ownRedis, ownRedisCluster } from "../../support/servers";
import { until } from "../../support/until";

const patientMs = 5_000;

function ping(client: RedisClient, deadlineMs = patientMs): Promise<string> {
  return guardOf(client).run("ping", deadlineMs, (redis) => redis.ping());
}

describe.each(redisModes)("a connection to Redis (%s)", (mode) => {
  it("is made in the background, and the first command waits for it", async () => {
    await expect(ping(connected(addressOf(mode)))).resolves.toBe("PONG");
  });

  it("tells of a refused sign-in, and sends no command", async () => {
    const errors: Error[] = [];
    const credentials = { username: "larder", password: () => "wrong" };
    const client = connected({ ...addressOf(mode), credentials, onError: (error) => errors.push(error) });
    await expect(ping(client)).rejects.toThrow(RedisUnavailableError);
    await until("the refusal is told", () => errors.some(({ message }) => message.includes("WRONGPASS")));
  });
});

describe("signing in", () => {
  it("asks for credentials at every connect, so that a short-lived token is never an old one", async () => {
    const redis = await ownRedis();
    const { user, password } = redis.address;
    let asked = 0;
    const credentials = { username: user, password: () => (asked++ === 0 ? password : `${password}-2`) };
    const client = connected({ ...reach("single", redis.address), credentials });
    await ping(client);

    await guardOf(client).run("acl", patientMs, (each) =>
      each.call("ACL", "SETUSER", user, `>${password}-2`, `<${password}`),
    );
    client.disconnect(true);
    await until("it is connected again", () => asked === 2 && client.status === "ready");

    await expect(ping(client)).resolves.toBe("PONG");
  });

  it("goes on when the credentials could not be had: it tells, and asks again", async () => {
    const redis = await ownRedis();
    const errors: Error[] = [];
    let asked = 0;
    const password = () => {
      if (asked++ === 0) throw new Error("no credentials yet");
      return redis.address.password;
    };
    const credentials = { username: redis.address.user, password };
    const client = connected({
      ...reach("single", redis.address),
      credentials,
      onError: (error) => errors.push(error),
    });
    await until("it is connected", () => client.status === "ready");
    expect(errors.map(({ message }) => message)).toContain("no credentials yet");
  });

  it("asks for each node of a cluster", async () => {
    const nodes = await ownRedisCluster();
    const { user, password } = nodes[0]!.address;
    let asked = 0;
    const credentials = { username: user, password: () => (asked++, password) };
    const client = connected({ ...reach("cluster", nodes[0]!.address), credentials });
    await guardOf(client).run("set", patientMs, (redis) =>
      Promise.all(["a", "b", "c"].map((key) => redis.set(key, "1", "PX", 1000))),
    );
    expect(asked).toBeGreaterThanOrEqual(3);
  });
});

describe("a lost connection", () => {
  it("fails a command within its deadline, and comes back by itself when the server does", async () => {
    const redis = await ownRedis();
    const client = connected(reach("single", redis.address));
    await ping(client);
    await redis.kill();
    await until("the loss is noticed", () => client.status !== "ready");

    await expect(ping(client, 50)).rejects.toMatchObject({ reason: "disconnected" });

    await redis.restart();
    await until("it serves again", () => ping(client).catch(() => undefined));
  });

  it("never sends a command again by itself", async () => {
    const redis = await ownRedis();
    const client = connected(reach("single", redis.address));
    await ping(client);
    redis.freeze();
    const counted = guardOf(client).run("incr", 100, (each) => each.incr("count"));
    await expect(counted).rejects.toMatchObject({ reason: "deadline" });
    await until("the silent connection is given up", () => client.status !== "ready");
    redis.thaw();
    await until("it serves again", () => ping(client).catch(() => undefined));

    // What was in the socket may be carried out once; a client that sends again makes it two.
    const count = await guardOf(client).run("get", patientMs, (each) => each.get("count"));
    expect([null, "1"]).toContain(count);
  });
});

describe("a Redis that hangs without closing", () => {
  it("costs one command its deadline, then nothing while the breaker is open, and recovers by itself", async () => {
    const redis = await ownRedis();
    const client = connected(reach("single", redis.address));
    await ping(client);
    redis.freeze();

    const reasons: string[] = [];
    for (let call = 0; call < 8; call++)
      await ping(client, 20).catch((error: unknown) => reasons.push((error as RedisUnavailableError).reason));
    expect(reasons).toEqual(["deadline", ...Array<string>(7).fill("refused")]);

    redis.thaw();
    await until("it serves again", () => ping(client).catch(() => undefined));
  });
});

it("a stall as long as a hasty caller waits is no reason to refuse a patient one", async () => {
  const redis = await ownRedis();
  const client = connected(reach("single", redis.address));
  await ping(client);
  redis.freeze();
  await expect(ping(client, 20)).rejects.toMatchObject({ reason: "deadline" });
  await expect(ping(client, 20)).rejects.toMatchObject({ reason: "refused" });
  const patient = ping(client);
  redis.thaw();
  await expect(patient).resolves.toBe("PONG");
});

it("a Redis that was never there costs one command its deadline, and its coming serves the next one", async () => {
  const redis = await ownRedis();
  await redis.stop();
  const client = connected(reach("single", redis.address));
  const reasons: string[] = [];
  for (let call = 0; call < 3; call++)
    await ping(client, 100).catch((error: unknown) => reasons.push((error as RedisUnavailableError).reason));
  expect(reasons).toEqual(["disconnected", "refused", "refused"]);

  await redis.restart();
  await until("it is connected", () => client.status === "ready");
  await expect(ping(client)).resolves.toBe("PONG");
});

it("a node of a cluster that hangs closes the way to the others for no moment", async () => {
  const nodes = await ownRedisCluster();
  const client = connected(reach("cluster", nodes[0]!.address));
  const keys = Array.from({ length: 40 }, (_, at) => `key ${at}`);
  const read = (key: string) => guardOf(client).run("get", 100, (redis) => redis.get(key), key);
  await guardOf(client).run("ping", patientMs, (redis) => redis.ping());
  const hung = nodes[0]!;
  const isHung = (key: string) => primaryNameOf(client, key)?.endsWith(`:${hung.address.port}`) === true;
  hung.freeze();
  const reasonOf = (key: string) =>
    read(key).then(
      () => "answered",
      (error: unknown) => (error as RedisUnavailableError).reason,
    );
  await expect(reasonOf(keys.find(isHung)!)).resolves.toBe("deadline");
  for (const key of keys) await expect(reasonOf(key)).resolves.toBe(isHung(key) ? "refused" : "answered");
  expect(keys.filter(isHung)).not.toEqual([]);
  hung.thaw();
});

describe("what connectRedis is given", () => {
  const good = { mode: "single", host: "localhost", port: 6379 } as const;
  const credentials = { username: "larder", password: () => "a-secret" };

  it.each<[string, object]>([
    ['mode is "clusterr": give "single" or "cluster"', { mode: "clusterr" }],
    ["host is undefined", { host: undefined }],
    ['host is ""', { host: "" }],
    ["port is undefined", { port: undefined }],
    ["port is NaN", { port: Number.NaN }],
    ["port is 99999: give a whole number from 1 to 65535", { port: 99_999 }],
    ['port is "6379"', { port: "6379" }],
    ["credentials.username is undefined", { credentials: { ...credentials, username: undefined } }],
    ["credentials.connectionLifetimeMs is 0", { credentials: { ...credentials, connectionLifetimeMs: 0 } }],
    ["credentials.connectionLifetimeMs is NaN", { credentials: { ...credentials, connectionLifetimeMs: Number.NaN } }],
    ["credentials.password is a string: give a function", { credentials: { ...credentials, password: "a-secret" } }],
    ["tls is false: these credentials may travel over TLS only", { credentials: { ...credentials, tlsOnly: true } }],
  ])("is refused at once: %s", (message, wrong) => {
    const connect = () => connected({ ...good, ...wrong });
    expect(connect).toThrow(message);
    expect(connect).not.toThrow("a-secret");
  });
});

it.each(redisModes)("a process that has disconnected ends, however often it had waited in vain (%s)", async (mode) => {
  const port = await freePort();
  const child = fork(bundled(join(__dirname, "leaving.ts")), [JSON.stringify({ mode, port })]);
  child.disconnect(); // or this would keep it
  await expect(once(child, "exit")).resolves.toEqual([0, null]);
});
