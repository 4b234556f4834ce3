import { join } from "node:path";
import { Redis } from "ioredis";
import { findRedis } from "../../../local/servers/find-redis";
import { startRedis, type RedisAddress } from "../../../local/servers/redis";
import { dataFolder, temporaryFolder } from "../../../local/setup/data-folder";
import { ownRedis, ownRedisCluster } from "../../support/servers";
import { until } from "../../support/until";
import { isAlive, runAndAbandon } from "./abandoned-process";

const clients: Redis[] = [];

function connect({ host, port, user, password }: RedisAddress): Redis {
  const client = new Redis({ host, port, username: user, password, retryStrategy: () => 20, disconnectTimeout: 20 });
  client.on("error", () => undefined);
  clients.push(client);
  return client;
}

afterAll(() => {
  for (const client of clients) client.disconnect();
});

describe("a Redis server of our own", () => {
  it("keeps its data over kill -9", async () => {
    const server = await ownRedis();
    const client = connect(server.address);
    await client.set("film", "Alien");

    await server.kill();
    expect(server.running).toBe(false);
    await server.restart();

    await expect(connect(server.address).get("film")).resolves.toBe("Alien");
  });

  it("answers nothing while frozen, and what was asked when thawed", async () => {
    const server = await ownRedis();
    const client = connect(server.address);
    await client.ping();

    server.freeze();
    let answered = false;
    const asked = client.ping().then((answer) => ((answered = true), answer));
    const other = await ownRedis(); // Long enough for an answer: a whole server starts meanwhile.
    expect(other.running).toBe(true);
    expect(answered).toBe(false);
    server.thaw();

    await expect(asked).resolves.toBe("PONG");
  });

  it("tells when it dies, and not when it is stopped", async () => {
    const server = await ownRedis();
    let deaths = 0;
    server.onDeath(() => (deaths += 1));

    await server.kill();
    expect(deaths).toBe(1);
    await server.restart();
    await server.stop();
    expect(deaths).toBe(1);
  });

  it("lets no one in without the password", async () => {
    const { address } = await ownRedis();
    const anonymous = new Redis({ host: address.host, port: address.port, retryStrategy: () => null });
    anonymous.on("error", () => undefined);

    await expect(anonymous.get("film")).rejects.toThrow("NOAUTH");
    anonymous.disconnect();
  });

  it("ends when the process that started it is killed", async () => {
    const { pid } = await runAndAbandon("redis");

    await until("the server is gone", () => !isAlive(pid));
  });

  it("takes the place of a server that an earlier run left on its folder, data and all", async () => {
    const program = await findRedis(dataFolder(), console.log);
    const folder = join(temporaryFolder(), "redis");
    const left = await startRedis({ program, folder, password: "first" });
    await connect(left.address).set("film", "Alien");

    const server = await startRedis({ program, folder, password: "second" });

    expect(left.running).toBe(false);
    await expect(connect(server.address).get("film")).resolves.toBe("Alien");
    await server.stop();
  });
});

describe("a Redis cluster of our own", () => {
  it("has three primaries that serve every slot and send a client to the right one", async () => {
    const nodes = await ownRedisCluster();
    const [first] = nodes.map(({ address }) => connect(address));

    await expect(first!.cluster("INFO")).resolves.toContain("cluster_slots_ok:16384");
    const answers = await Promise.allSettled(["a", "b", "c", "d", "e"].map((key) => first!.set(key, "1")));
    const moved = answers.flatMap((answer) => (answer.status === "rejected" ? [String(answer.reason)] : []));
    expect(moved.length).toBeGreaterThan(0);
    for (const error of moved) expect(error).toMatch(/MOVED \d+ 127\.0\.0\.1:\d+/);
  });
});
