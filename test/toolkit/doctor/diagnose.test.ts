/** Each fault is brought about for real, and told from the others. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { findRedis } from "../../../local/servers/find-redis";
import { freePort } from "../../../local/servers/ports";
import { startRedis } from "../../../local/servers/redis";
import { newPassword } from "../../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../../local/setup/data-folder";
import { clientAccessString } from "../../../lib/constructs/redis-access";
import { diagnose, type Surroundings } from "../../../toolkit/doctor/diagnose";
import type { Finding } from "../../../toolkit/doctor/finding";
import { resolveName } from "../../../toolkit/doctor/reach";
import { administer } from "../../support/administer";
import { OwnElastiCache } from "../../support/own-elasticache";
import { redisModes } from "../../support/redis-clients";
import { own, ownRedis } from "../../support/servers";
import { until } from "../../support/until";

const host = "master.films-abc.x1y2z3.euw1.cache.amazonaws.com";

/** Nobody answers there: it is the port to throw things away at. */
const noTimeServer = { host: "127.0.0.1", port: 9 };

async function all(findings: AsyncIterable<Finding>): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of findings) found.push(finding);
  return found;
}

interface Asked {
  readonly options?: object;
  readonly surroundings?: Partial<Surroundings>;
}

function examine(cache: OwnElastiCache, { options, surroundings }: Asked = {}): Promise<Finding[]> {
  const asked = {
    host: "127.0.0.1",
    port: cache.port,
    ...cache.credentialOptions(),
    account: "111122223333",
    ...options,
  };
  const around = { now: cache.clientNow, timeServer: noTimeServer, resolve: resolveName, ...surroundings };
  return all(diagnose(asked, around));
}

/** Of hosts with names as ElastiCache's. */
const here: Surroundings["resolve"] = async () => ({ addresses: ["127.0.0.1"] });

function faultsOf(findings: readonly Finding[]): (string | undefined)[] {
  return findings.flatMap(({ fault }) => fault ?? []);
}

describe.each(redisModes)("a cache that lets one in (%s)", (mode) => {
  it("is well, and said to be", async () => {
    const findings = await examine(await OwnElastiCache.start(mode));
    expect(faultsOf(findings)).toEqual([]);
    const checks = ["name", "network", "tls", "sign-in", "clock", "server", "rights"];
    expect(findings.map(({ check }) => check)).toEqual(mode === "cluster" ? [...checks, "nodes"] : checks);
    expect(findings.find(({ check }) => check === "server")?.says).toMatch(
      new RegExp(`^(Redis|Valkey) \\d+\\.\\d+.*connect with mode "${mode}"$`),
    );
  });
});

describe("a way that leads nowhere", () => {
  const anyone = {
    user: "app",
    group: "films",
    region: "eu-west-1",
    aws: () => ({ accessKeyId: "k", secretAccessKey: "s" }),
  };
  const findingsAt = (where: { host: string; port: number }) => all(diagnose({ ...anyone, ...where }));

  it("because the name is none", async () => {
    await expect(findingsAt({ host: "no-such-host.invalid", port: 6379 })).resolves.toMatchObject([{ fault: "name" }]);
  });

  it("because the network is closed", async () => {
    const findings = await findingsAt(await ownClosedNetwork());
    expect(faultsOf(findings)).toEqual(["network"]);
    expect(findings.at(-1)?.says).toMatch(/gives no answer/);
  });

  it("because nothing listens there", async () => {
    const findings = await findingsAt({ host: "127.0.0.1", port: await freePort() });
    expect(faultsOf(findings)).toEqual(["refused"]);
  });

  it("because that Redis has no TLS", async () => {
    const { address } = await ownRedis();
    expect(faultsOf(await findingsAt(address))).toEqual(["no-tls"]);
  });

  it("because what listens there is no Redis", async () => {
    const silent = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    own({ stop: async () => void silent.close() });
    const { port } = silent.address() as AddressInfo;
    expect(faultsOf(await findingsAt({ host: "127.0.0.1", port }))).toEqual(["tls"]);
  });

  it.each([
    ["another host", { certificateName: "other.example" }, "other.example"],
    ["nobody known", { trusted: false }, "certificate"],
  ])("because the certificate is of %s", async (_whom, options, said) => {
    const findings = await examine(await OwnElastiCache.start("single", options));
    expect(faultsOf(findings)).toEqual(["certificate"]);
    expect(findings.at(-1)?.says).toContain(said);
  });
});

describe("a refused sign-in", () => {
  let cache: OwnElastiCache;
  beforeAll(async () => (cache = await OwnElastiCache.start("single", { certificateName: host })));
  beforeEach(() => {
    cache.skewMs = 0;
    cache.users.add("larder-app");
    cache.allow(cache.resourceArn, cache.userArn);
  });
  const examined = (asked: Asked = {}) =>
    examine(cache, {
      options: { host, ...asked.options },
      surroundings: { resolve: here, ...asked.surroundings },
    });

  it("isn't, with everything right", async () => {
    expect(faultsOf(await examined())).toEqual([]);
  });

  it("for another name is accepted for the one in the host's name", async () => {
    const findings = await examined({ options: { group: "Films" } });
    expect(faultsOf(findings)).toEqual(["signed-name"]);
    expect(findings.at(-1)?.todo).toEqual(["sign for the group films-abc in eu-west-1"]);
  });

  it("for the host's name itself is said to be wrong without asking", async () => {
    const findings = await examined({ options: { group: host } });
    expect(faultsOf(findings)).toEqual(["signed-name"]);
    expect(findings.at(-1)).toMatchObject({ check: "rights" });
  });

  it("for another kind of cache is accepted for the right one", async () => {
    const findings = await examined({ options: { group: undefined, serverlessCache: "films-abc" } });
    expect(findings.at(-1)).toMatchObject({
      fault: "signed-name",
      todo: ["sign for the group films-abc in eu-west-1"],
    });
  });

  it("for another region is accepted for the right one", async () => {
    const findings = await examined({ options: { region: "eu-central-1" } });
    expect(findings.at(-1)).toMatchObject({
      fault: "signed-name",
      todo: ["sign for the group films-abc in eu-west-1"],
    });
  });

  it.each([
    [47, "this clock is 47 minutes ahead"],
    [-61, "this clock is 61 minutes behind"],
    [-180, "this clock is 180 minutes behind"],
    [330, "this clock is 330 minutes ahead"],
  ])("by a clock that is off by %i minutes says so", async (minutes, says) => {
    cache.skewMs = minutes * 60_000;
    const findings = await examined();
    expect(faultsOf(findings)).toEqual(["clock"]);
    expect(findings.at(-1)?.says).toContain(says);
  });

  it("by a clock that only a time server can tell of says so if there is one, and not otherwise", async () => {
    cache.skewMs = -101 * 60_000;
    expect(faultsOf(await examined())).toEqual(["not-allowed"]);
    const timeServer = await ownTimeServer();
    const findings = await examined({ surroundings: { timeServer } });
    expect(findings.at(-1)).toMatchObject({ fault: "clock", says: expect.stringContaining("101 minutes behind") });
  });

  it("because the AWS credentials have expired says so", async () => {
    cache.allow();
    const findings = await examined({ options: { awsExpire: cache.clientNow() } });
    expect(faultsOf(findings)).toEqual(["expired-credentials"]);
  });

  it.each([
    ["the user isn't in the group", () => cache.users.delete("larder-app")],
    ["the policy lacks the group", () => cache.allow(cache.userArn)],
    ["the policy lacks the user", () => cache.allow(cache.resourceArn)],
  ])("because %s says what to look at, which nobody can tell apart from here", async (_why, forbid) => {
    forbid();
    const findings = await examined();
    expect(faultsOf(findings)).toEqual(["not-allowed"]);
    const todo = findings.at(-1)?.todo?.join("\n");
    for (const arn of [cache.resourceArn, cache.userArn]) expect(todo).toContain(`   ${arn}\n`);
    expect(todo).toContain("describe-user-groups");
  });

  it("with a token from elsewhere that is too old says so too", async () => {
    const token = cache.reach().credentials?.password() ?? "";
    cache.clock.passMs(20 * 60_000);
    expect(faultsOf(await examined({ options: { token } }))).toContain("expired-token");
  });
});

it("a serverless cache that is taken for a group is recognized", async () => {
  const cache = await OwnElastiCache.start("cluster", { type: "serverlesscache" });
  const wrong = { serverlessCache: undefined, group: cache.name };
  const findings = await examine(cache, { options: wrong });
  expect(findings.at(-1)).toMatchObject({
    fault: "signed-name",
    todo: ["sign for the serverless cache films-abc in eu-west-1"],
  });
});

describe("once it is signed in", () => {
  it("a command that the user may not run is named, with what needs it", async () => {
    const cache = await OwnElastiCache.start("single");
    const [server] = cache.servers;
    const { user } = server!.address;
    await administer(server!.address, (redis) => redis.call("ACL", "SETUSER", user, "-publish", "-wait", "-subscribe"));
    const findings = await examine(cache);
    expect(faultsOf(findings)).toEqual(["rights"]);
    const lacks = findings.at(-1)?.todo?.map((line) => line.split(" (")[0]);
    expect(lacks).toEqual(["WAIT", "PUBLISH", "SUBSCRIBE", expect.anything()]);
  });

  it.each(redisModes)("a user with the rights that the infrastructure gives lacks nothing (%s)", async (mode) => {
    const cache = await OwnElastiCache.start(mode);
    const rules = clientAccessString("larder").split(" ");
    for (const { address } of cache.servers)
      await administer(address, (redis) =>
        redis.call("ACL", "SETUSER", address.user, "reset", `>${address.password}`, ...rules),
      );
    expect(faultsOf(await examine(cache))).toEqual([]);
  });

  it("a user who may do nothing at all is told so, too", async () => {
    const cache = await OwnElastiCache.start("single");
    const [server] = cache.servers;
    const { user } = server!.address;
    await administer(server!.address, (redis) => redis.call("ACL", "SETUSER", user, "-@all", "+auth"));
    expect(faultsOf(await examine(cache))).toEqual(["rights"]);
  });

  it("a replica is recognized", async () => {
    const cache = await OwnElastiCache.start("single");
    await administer(cache.servers[0]!.address, async (redis) => redis.replicaof("127.0.0.1", await freePort()));
    expect(faultsOf(await examine(cache))).toEqual(["replica"]);
  });

  it("a node of a cluster that can't be reached is named", async () => {
    const cache = await OwnElastiCache.start("cluster");
    await cache.fronts[1]!.stop();
    const findings = await examine(cache);
    expect(faultsOf(findings)).toEqual(["node"]);
    expect(findings.at(-1)).toMatchObject({
      says: "1 of 3 primaries aren't reached",
      todo: [expect.stringContaining("ECONNREFUSED")],
    });
  });

  it("a clock that will soon be too wrong is noticed before", async () => {
    const cache = await OwnElastiCache.start("single");
    cache.skewMs = -4 * 60_000;
    const findings = await examine(cache);
    expect(findings.find(({ fault }) => fault === "clock")?.says).toBe("this clock is 4 minutes behind Redis'");
  });
});

/** A server that hangs, before whom the system lets so many connections wait and drops the packets of all others. */
async function ownClosedNetwork(): Promise<{ host: string; port: number }> {
  const program = await findRedis(dataFolder(), console.log);
  const spec = { program, folder: temporaryFolder(), password: newPassword(), settings: ["tcp-backlog 1"] };
  const server = own(await startRedis(spec));
  server.freeze();
  const { host, port } = server.address;
  const waiting = Array.from({ length: 8 }, () => connect({ host, port }).on("error", () => undefined));
  own({ stop: async () => waiting.forEach((socket) => socket.destroy()) });
  await until("the system takes no more", () => waiting.filter(({ pending }) => !pending).length >= 2);
  return { host, port };
}

/** Says the time of this machine, which is right. */
async function ownTimeServer(): Promise<Surroundings["timeServer"]> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  own({ stop: async () => void socket.close() });
  socket.on("message", (_question, { port, address }) => {
    const answer = Buffer.alloc(48);
    const seconds = (Date.now() - Date.UTC(1900, 0, 1)) / 1_000;
    answer.writeUInt32BE(Math.floor(seconds), 40);
    socket.send(answer, port, address);
  });
  return { host: "127.0.0.1", port: socket.address().port };
}
