/** What the guard takes for a failure of Redis, and what it says of one. */
import {
  type ConnectOptions,
  guardOf,
  Locks,
  type RedisClient,
  RedisUnavailableError,
  SharedCache,
} from "@larder/toolkit";
import { Cluster, Redis } from "ioredis";
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { freePort } from "../../../local/servers/ports";
import { ConfirmedWrites } from "../../../toolkit/redis/confirmed-writes";
import { administer } from "../../support/administer";
import { addressOf, connected, reach, redisModes } from "../../support/redis-clients";
import { own, ownRedis, servers } from "../../support/servers";
import { until } from "../../support/until";
import { leaseOf, newLocks, newName } from "../lock/lock-names";

const patientMs = 5_000;

function ping(client: RedisClient, deadlineMs = patientMs): Promise<string> {
  return guardOf(client).run("ping", deadlineMs, (redis) => redis.ping());
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const [outcome] = await Promise.allSettled([work]);
  if (outcome.status === "rejected" && outcome.reason instanceof RedisUnavailableError) return outcome.reason;
  throw new Error(`it is no unavailable Redis: ${inspect(outcome)}`);
}

describe("a mistake of the caller's", () => {
  it.each([TypeError, RangeError, ReferenceError, SyntaxError])(
    "is thrown as it is, and counts for nothing: %p",
    async (Mistake) => {
      const client = connected(addressOf("single"));
      const mistake = new Mistake("a mistake");
      // For so long that they wouldn't be taken for one failure.
      for (const endMs = performance.now() + 50; performance.now() < endMs;) {
        const made = guardOf(client).run("mistake", patientMs, () => Promise.reject(mistake));
        await expect(made).rejects.toBe(mistake);
      }
      await expect(ping(client)).resolves.toBe("PONG");
    },
  );
});

it("a mistake in what a lock is renewed by isn't called a lost Redis", async () => {
  const renewed = newLocks(connected(addressOf("single"))).renew(newName(), undefined as never, 1_000);
  await expect(renewed).rejects.toThrow(TypeError);
});

it("a mistake in the call that was to see whether Redis is back leaves that to the next one", async () => {
  const redis = await ownRedis();
  const client = connected(reach("single", redis.address));
  await ping(client);
  redis.freeze();
  await expect(ping(client, 20)).rejects.toMatchObject({ reason: "deadline" });
  redis.thaw();
  const mistaken = () => guardOf(client).run("mistake", 20, () => Promise.reject(new TypeError("a mistake")));
  await until("it may look", () => mistaken().catch((error: unknown) => error instanceof TypeError));
  await expect(ping(client, 99)).resolves.toBe("PONG");
});

it("a connection whose end isn't noticed yet is waited for, not written to", async () => {
  const client = connected(addressOf("single")) as Redis;
  await ping(client);
  client.stream.destroy();
  expect(client.status).toBe("ready");
  await expect(ping(client)).resolves.toBe("PONG");
});

it("an error without an answer doesn't hold what was to be stored", async () => {
  const redis = await ownRedis();
  const client = connected(reach("single", redis.address));
  await ping(client);
  await administer(redis.address, (admin) => admin.replicaof("127.0.0.1", 1)); // as one that was demoted in a failover
  const failure = await failureOf(guardOf(client).run("set", 500, (to) => to.set("k", "a-secret")));
  expect(failure.message).toContain("READONLY");
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain("a-secret");
});

describe.each(redisModes)("a Redis that can't be reached (%s)", (mode) => {
  const failures = async (options: ConnectOptions) => {
    const client = connected(options);
    return [await failureOf(ping(client, 300)), await failureOf(ping(client, 300))];
  };

  it("is said to refuse the password, which is said nowhere", async () => {
    const told: unknown[] = [];
    const credentials = { username: "larder", password: () => "a-wrong-secret" };
    const options = { ...addressOf(mode), credentials, onError: (error: Error) => told.push(error) };
    for (const failure of await failures(options)) {
      expect(failure.message).toMatch(/^redis gave no answer to ping: \w+ \(WRONGPASS .+\)$/);
      expect(failure.cause).toMatchObject({ message: expect.stringContaining("WRONGPASS") as string });
      told.push(failure);
    }
    expect(inspect(told, { depth: 9, showHidden: true })).not.toContain("a-wrong-secret");
  });

  it("is said to be nowhere", async () => {
    const port = await freePort();
    for (const { message, cause } of await failures({ mode, host: "127.0.0.1", port })) {
      expect(message).toContain(`ECONNREFUSED 127.0.0.1:${port}`);
      expect(cause).toMatchObject({ code: "ECONNREFUSED" });
    }
  });

  it.each([
    ["a promise", () => Promise.reject(new Error("later")) as never, "credentials.password answered a promise"],
    ["no string", () => undefined as never, "credentials.password answered no string, but undefined"],
    [
      "an error",
      () => {
        throw new Error("no credentials yet");
      },
      "no credentials yet",
    ],
  ])("is said to be asked with no password: %s", async (_what, password, message) => {
    const told: string[] = [];
    const credentials = { username: "larder", password };
    const options = { ...addressOf(mode), credentials, onError: (error: Error) => told.push(error.message) };
    for (const failure of await failures(options)) expect(failure.message).toContain(`(${message}`);
    expect(told).toContainEqual(expect.stringContaining(message));
  });
});

it("what a server cites of a sign-in that it doesn't know is said nowhere", async () => {
  const cited = "ERR unknown command 'AUTH', with args beginning with: 'larder' 'a-secret' ";
  const error = new RedisUnavailableError("get", "refused", { cause: new Error(cited) });
  expect(error.message).toBe("redis gave no answer to get: refused (ERR unknown command 'AUTH')");
});

it("what was wrong before the connection was made isn't said of one that hangs", async () => {
  const redis = await ownRedis();
  const client = connected(reach("single", redis.address));
  await redis.kill();
  await failureOf(ping(client, 100));
  await redis.restart();
  await until("it serves", () => ping(client).catch(() => undefined));
  redis.freeze();
  await failureOf(ping(client, 20));
  const refused = await failureOf(ping(client, 20));
  redis.thaw();
  expect(refused).toMatchObject({ message: "redis gave no answer to ping: refused", cause: undefined });
});

describe("a client of one's own", () => {
  const { redis } = servers();
  const login = { username: redis.user, password: redis.password };
  const ownClient = (options: object) => {
    const client = new Redis({ host: redis.host, port: redis.port, ...login, ...options });
    own({ stop: () => client.disconnect() });
    return client;
  };
  const ownCluster = (options: object, redisOptions: object = {}) => {
    const { host, port } = addressOf("cluster");
    const client = new Cluster([{ host, port }], { redisOptions: { ...login, ...redisOptions }, ...options });
    own({ stop: () => client.disconnect() });
    return client;
  };

  it("that connects when it is first used is used", async () => {
    await expect(ping(ownClient({ lazyConnect: true }))).resolves.toBe("PONG");
    await expect(ping(ownCluster({ lazyConnect: true }))).resolves.toBe("PONG");
    const locks = new Locks({ redis: ownClient({ lazyConnect: true }), deadlineMs: patientMs });
    await leaseOf(await locks.acquire(newName(), { leaseMs: 1_000 })).release();
  });

  it("that is a cluster confirms writes", async () => {
    const client = ownCluster({});
    const writes = new ConfirmedWrites(guardOf(client), { replicas: 0, connection: client });
    const key = `larder:{${randomUUID()}}`;
    const send = (each: RedisClient) => each.set(key, "1", "PX", 1_000);
    await expect(writes.send("set", [{ key, send }], patientMs)).resolves.toEqual(["OK"]);
  });

  it.each([
    ["keyPrefix", { keyPrefix: "films:" }, 'keyPrefix of the client is "films:"'],
    ["stringNumbers", { stringNumbers: true }, "stringNumbers of the client is true"],
  ])("with %s is refused: features would fail without saying why", (_option, options, message) => {
    const lazy = { lazyConnect: true };
    for (const client of [ownClient({ ...lazy, ...options }), ownCluster(lazy, options)]) {
      expect(() => guardOf(client)).toThrow(new RegExp(`^${message}: .*leave it out`));
      expect(() => new SharedCache({ redis: client })).toThrow(TypeError);
    }
    expect(() => guardOf(ownCluster({ ...lazy, keyPrefix: "films:" }))).toThrow(TypeError);
  });
});
