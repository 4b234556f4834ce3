/** What administrators see and do of the Redis groups, on ElastiCache as it is played, with a real Redis behind. */
import type { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { createServer, type Server } from "node:http";
import * as z from "zod/mini";
import { RedisGroups } from "../../lambdas/contract/admin-cache";
import { apiRoutes } from "../../lambdas/contract/routes";
import { httpFunction } from "../../lambdas/platform/http-function";
import { routes } from "../../lambdas/operations/endpoints";
import type { GroupIds } from "../../lambdas/operations/group-ids";
import { buildServices, operationsServices } from "../../lambdas/operations/services";
import { administer } from "../../local/servers/administer";
import type { RedisGroup } from "../../local/servers/redis-group";
import { follow, type RedisNode } from "../../local/servers/redis-shards";
import { expectDescribed } from "../support/described-answer";
import { elastiCacheAt, elastiCacheOf, ownRedisGroup, playedGroups } from "../support/elasticache";
import { listenOfOwn } from "../support/played-service";
import { type Answer, invoke } from "../support/invoke";
import { expectProblem } from "../support/problem";
import { ownRedis } from "../support/servers";
import { until } from "../support/until";

const admin = { userId: "1", role: "admin", sessionId: "s" } as const;

function operations(client: ElastiCacheClient, ids: GroupIds = { cache: "shop", state: "shop" }) {
  const services = operationsServices(client, ids);
  const handler = httpFunction({ limits: "none", env: z.object({}), services: () => services, routes });
  const ask = async (method: "GET" | "POST", path: string, body?: object): Promise<Answer> => {
    const sent = body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const answer = await invoke(handler, method, path, { as: admin, ...sent });
    expectDescribed(
      apiRoutes.find((route) => route.method === method && route.path === path)!,
      answer,
    );
    if (answer.status >= 400) expectProblem(answer);
    return answer;
  };
  const look = async () => RedisGroups.parse((await ask("GET", "/admin/cache")).body).groups;
  const failOver = (wish: object) => ask("POST", "/admin/cache/failover", wish);
  const isAvailable = () => until("it is available", async () => (await look())[0]?.status === "available");
  return { handler, ask, look, failOver, isAvailable };
}

let group: RedisGroup;
beforeAll(async () => {
  group = await ownRedisGroup();
});

it("shows nodes, roles, zones and engine of a group that serves both roles", async () => {
  const { look } = operations(await elastiCacheOf({ id: "shop", redis: group.address, group }));
  expect(await look()).toEqual([
    {
      roles: ["cache", "state"],
      id: "shop",
      status: "available",
      engine: expect.stringMatching(/^(redis|valkey)$/),
      engineVersion: expect.stringMatching(/^\d+\./),
      clusterMode: false,
      automaticFailover: true,
      shards: [
        {
          id: "0001",
          status: "available",
          slots: null,
          nodes: [
            { id: "shop-001", role: "primary", zone: "us-east-2a" },
            { id: "shop-002", role: "replica", zone: "us-east-2b" },
          ],
        },
      ],
      events: [],
    },
  ]);
});

it("fails a role's group over, the other group staying as it is, and shows what happened, the newest first", async () => {
  const client = await elastiCacheOf(
    { id: "cache", redis: group.address, group },
    { id: "state", redis: (await ownRedis()).address },
  );
  const { look, failOver, isAvailable } = operations(client, { cache: "cache", state: "state" });
  const { primary, replica } = group.shards[0]!;
  expect(await failOver({ role: "cache" })).toMatchObject({ status: 202, body: { group: "cache", shard: "0001" } });
  await isAvailable();

  expect(group.shards[0]).toMatchObject({ primary: replica, replica: primary });
  const [ofCache, ofState] = await look();
  const completed = "Failover from primary node cache-001 to replica node cache-002 completed";
  const happened = ofCache!.events.map(({ source, message }) => `${source}: ${message}`);
  expect([happened[0], happened.slice(1, 4).sort(), happened[4]]).toEqual([
    "cache-001: Finished recovery for cache nodes 0001",
    [`cache-001: ${completed}`, "cache-001: Recovering cache nodes 0001", `cache: ${completed}`],
    "cache: Test Failover API called for node group 0001",
  ]);
  expect(ofState).toMatchObject({ roles: ["state"], automaticFailover: false, events: [] });
});

it("answers 409 while a failover is under way, and for a group that can't fail over, with the remedy", async () => {
  const client = await elastiCacheOf(
    { id: "cache", redis: group.address, group },
    { id: "state", redis: (await ownRedis()).address },
  );
  const { failOver, isAvailable } = operations(client, { cache: "cache", state: "state" });
  const [first, second] = [await failOver({ role: "cache" }), await failOver({ role: "cache" })];
  expect([first.status, second.status, second.body]).toEqual([
    202,
    409,
    expect.objectContaining({ detail: expect.stringContaining("wait until GET /admin/cache says available") }),
  ]);
  await isAvailable();
  expect(await failOver({ role: "state" })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining("leave LARDER_REDIS_URL out") },
  });
});

it("shows the events of its nodes also in an account in which much happens to others", async () => {
  const busy = { id: "busy", redis: group.address, group };
  const { look, failOver, isAvailable } = operations(await elastiCacheOf({ id: "other", redis: group.address }, busy), {
    cache: "busy",
    state: "busy",
  });
  const node: { sourceType: "cache-cluster"; message: string } = { sourceType: "cache-cluster", message: "patched" };
  const before = Array.from({ length: 250 }, (_, at) => ({
    ...node,
    sourceId: "other-001",
    atMs: Date.now() - 250 + at,
  }));
  playedGroups
    .at(-1)!
    .find(({ id }) => id === "other")!
    .events.push(...before);
  expect((await failOver({ role: "cache" })).status).toBe(202);
  await isAvailable();
  const [shown] = await look();
  const sources = shown!.events.map(({ source }) => source);
  expect(sources).toEqual(expect.arrayContaining(["busy", expect.stringMatching(/^busy-00[12]$/)]));
  expect(sources).not.toContain("other-001");
});

it.each([
  ["has ended", ({ server }: RedisNode) => server.kill(), ({ server }: RedisNode) => server.restart()],
  ["hangs", async ({ server }: RedisNode) => server.freeze(), async ({ server }: RedisNode) => server.thaw()],
])("answers 409 while the replica %s, and leaves the primary alone", async (_what, lose, bringBack) => {
  const { failOver, isAvailable } = operations(await elastiCacheOf({ id: "shop", redis: group.address, group }));
  const { primary, replica } = group.shards[0]!;
  await lose(replica);
  expect(await failOver({ role: "cache" })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining("bring it back first") },
  });
  expect(await administer(group.address, async (client) => (await client.role())[0])).toBe("master");
  expect([primary.server.running, group.failingOver]).toEqual([true, undefined]);
  await bringBack(replica);
  await follow(replica, primary);
  await until("it follows", () =>
    administer(primary.server.address, async (client) => (await client.wait(1, 100)) === 1),
  );
  expect((await failOver({ role: "cache" })).status).toBe(202);
  await isAvailable();
});

it("wants a shard to be named where there are several, and takes only one that is there", async () => {
  const cluster = await ownRedisGroup("cluster");
  const { failOver, look } = operations(await elastiCacheOf({ id: "shop", redis: cluster.address, group: cluster }));
  expect(await failOver({ role: "state" })).toMatchObject({
    status: 400,
    body: { detail: "the group shop has the shards 0001, 0002, 0003: name one as shard" },
  });
  expect(await failOver({ role: "state", shard: "0004" })).toMatchObject({ status: 404 });
  expect((await failOver({ role: "state", shard: "0003" })).status).toBe(202);
  const [seen] = await look();
  expect(seen!.shards.map(({ slots, nodes }) => [slots, nodes.map(({ role }) => role)])).toEqual([
    ["0-5460", [null, null]],
    ["5461-10922", [null, null]],
    ["10923-16383", [null, null]],
  ]);
});

it("refuses what it doesn't take before AWS is asked, and whoever is no administrator", async () => {
  const { failOver, handler } = operations(elastiCacheAt("http://127.0.0.1:1"));
  for (const wish of [{}, { role: "database" }, { role: "cache", shard: "1" }, { role: "cache", force: true }])
    expect((await failOver(wish)).status).toBe(400);
  for (const role of ["user", "service"] as const)
    expect(await invoke(handler, "GET", "/admin/cache", { as: { ...admin, role } })).toMatchObject({ status: 403 });
  expect(await invoke(handler, "POST", "/admin/cache/failover")).toMatchObject({ status: 401 });
});

describe("what AWS refuses", () => {
  /** ElastiCache that describes a group and then says no to a failover of it. */
  async function refusing(code: string, status = 400): Promise<ElastiCacheClient> {
    const members = "<NodeGroup><NodeGroupId>0001</NodeGroupId></NodeGroup>";
    const described = `<DescribeReplicationGroupsResponse><DescribeReplicationGroupsResult><ReplicationGroups><ReplicationGroup><NodeGroups>${members}</NodeGroups></ReplicationGroup></ReplicationGroups></DescribeReplicationGroupsResult></DescribeReplicationGroupsResponse>`;
    const refused = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>arn:aws:iam::123</Message></Error></ErrorResponse>`;
    return served((asked) => (asked.includes("TestFailover") ? [status, refused] : [200, described]));
  }

  it.each([
    [
      "the day's failovers are used up",
      "APICallRateForCustomerExceeded",
      400,
      429,
      "urn:larder:problem:failovers-used-up",
    ],
    ["it is busy otherwise", "InvalidReplicationGroupState", 400, 409, "urn:larder:problem:conflict"],
    ["it has closed them", "TestFailoverNotAvailableFault", 400, 409, "urn:larder:problem:conflict"],
    ["the group has no replica", "InvalidParameterCombination", 400, 409, "urn:larder:problem:conflict"],
    ["the shard has just gone", "NodeGroupNotFoundFault", 404, 404, "urn:larder:problem:not-found"],
    ["too much is asked of it", "Throttling", 400, 503, "urn:larder:problem:operations-unavailable"],
    ["it has failed", "InternalFailure", 500, 503, "urn:larder:problem:operations-unavailable"],
    ["we may not", "AccessDenied", 403, 500, "urn:larder:problem:internal"],
  ])("is told when %s", async (_, code, awsStatus, status, type) => {
    const { failOver } = operations(await refusing(code, awsStatus));
    expect(await failOver({ role: "cache" })).toMatchObject({ status, body: { type } });
  });

  it("is told when it takes a call and never answers, before the function's time is over", async () => {
    const silent: Server = createServer(() => undefined);
    const endpoint = await listenOfOwn(silent);
    const environment = {
      AWS_ENDPOINT_URL_ELASTICACHE: endpoint,
      AWS_REGION: "us-east-2",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
    const replaced = jest.replaceProperty(process, "env", { ...process.env, ...environment });
    const { redisGroups } = buildServices({ CACHE_GROUP: "shop", STATE_GROUP: "shop" });
    await expect(redisGroups.read()).rejects.toMatchObject({ code: "operations-unavailable" });
    replaced.restore();
  }, 8_000);

  it("is told when it can't be reached, and asked once only", async () => {
    const { ask, failOver } = operations(elastiCacheAt("http://127.0.0.1:1"));
    expect(await ask("GET", "/admin/cache")).toMatchObject({
      status: 503,
      headers: { "retry-after": "2" },
      body: { type: "urn:larder:problem:operations-unavailable" },
    });
    expect((await failOver({ role: "cache" })).status).toBe(503);
  });
});

async function served(answer: (body: string) => [status: number, xml: string]): Promise<ElastiCacheClient> {
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const [status, xml] = answer(body);
      response.writeHead(status, { "content-type": "text/xml" }).end(xml);
    });
  });
  return elastiCacheAt(await listenOfOwn(server));
}
