/**
 * The film shop as it is deployed, end to end: the synthesized application on servers of its own, which are then broken.
 */
import { withConnection } from "../../lambdas/platform/database";
import { openApiDocument } from "../../lambdas/coordination/openapi-document";
import type { PostgresServer } from "../../local/servers/postgres";
import type { RedisServer } from "../../local/servers/redis";
import { type FilmShop, startFilmShop } from "../support/film-shop";
import { administer } from "../support/administer";
import { until } from "../support/until";

let shop: FilmShop;
let redis: RedisServer;
let postgres: PostgresServer;
let log: readonly string[];

beforeAll(async () => {
  shop = await startFilmShop();
  ({ redis, postgres, log } = shop);
}, 120_000);

async function get(path: string) {
  const response = await fetch(shop.url + path);
  return {
    status: response.status,
    tier: response.headers.get("x-cache"),
    headers: response.headers,
    body: (await response.json()) as { id?: number; type?: string },
  };
}

/** Not from the source: from Redis, or from what a process keeps itself. */
const cachedTier = expect.stringMatching(/^(near|redis)$/);

function isCached(path: string): Promise<unknown> {
  return until(`${path} is cached`, async () => /^(near|redis)$/.test((await get(path)).tier ?? ""));
}

it("migrates before it serves, then reads a film from PostgreSQL once and not again", async () => {
  expect(log.some((line) => line.includes("the database is migrated"))).toBe(true);
  expect(await get("/movies/1")).toMatchObject({ status: 200, tier: "load", body: { id: 1, title: "The Land Girls" } });
  expect(await get("/movies/1")).toMatchObject({
    status: 200,
    tier: "near",
    body: { id: 1, title: "The Land Girls" },
  });
  expect(await get("/health")).toMatchObject({ status: 200, body: { status: "ok", node: process.version } });
});

it("answers what matches no route, and what isn't valid, by problem+json", async () => {
  for (const [path, status] of [
    ["/nothing", 404],
    ["/movies/x", 400],
    ["/movies?page=0", 400],
    ["/movies/99999", 404],
  ] as const) {
    const answer = await get(path);
    expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
      path,
      status,
      "application/problem+json",
    ]);
  }
  const posted = await fetch(`${shop.url}/movies/1`, { method: "POST", body: "{}" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, PATCH, DELETE"]);
});

it("lets who has got a login sign in, fill a cart, order it and sign out", async () => {
  const login = { role: "user", name: "Ada", email: "ada@example.com", password: "correct horse" };
  await shop.invoke("MigrationMigrateFunction", { logins: [login] });
  const { email, password } = login;
  const send = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const json = { method, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(shop.url + path, json);
    return { status: response.status, text: await response.text() };
  };
  const signedIn = await send("POST", "/sessions", {}, { email, password });
  const { token } = JSON.parse(signedIn.text) as { token: string };
  const bearer = { authorization: `Bearer ${token}` };
  const put = await send("PUT", "/cart/items/1", bearer, { quantity: 2 });
  expect([signedIn.status, put.status, JSON.parse(put.text)]).toEqual([
    201,
    200,
    { id: expect.any(String), items: [{ movieId: 1, title: "The Land Girls", quantity: 2 }] },
  ]);
  const cartId = (JSON.parse(put.text) as { id: string }).id;
  const order = () => send("POST", "/orders", { ...bearer, "Idempotency-Key": "one" }, { cartId });
  const [placed, again] = [await order(), await order()];
  expect([placed.status, JSON.parse(placed.text).status, again]).toEqual([201, "paid", placed]);
  expect((await send("DELETE", "/sessions/current", bearer)).status).toBe(204);
  expect((await send("PUT", "/cart/items/1", bearer, { quantity: 3 })).status).toBe(401);
  const secrets = [token, password].filter((secret) => log.join("\n").includes(secret));
  expect(secrets).toEqual([]);
});

it("shows which films sell best", async () => {
  for (const path of ["best-sellers-day", "best-sellers-all/around/1"]) {
    const answer = await fetch(`${shop.url}/leaderboards/${path}`);
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ board: path.split("/")[0] })]);
  }
});

it("describes itself, once for each version", async () => {
  const answer = await fetch(`${shop.url}/openapi.json`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  const again = await fetch(`${shop.url}/openapi.json`, {
    headers: { "if-none-match": answer.headers.get("etag") ?? "" },
  });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

it("has the worker tell the cache what was left over, while nobody asks for anything", async () => {
  const { host, port, master } = postgres.address;
  await withConnection({ host, port, database: "larder", ...master }, async (client) => {
    await client.query("INSERT INTO cache_invalidations (collection, ids) VALUES ('movies', '{1}'), ('users', '{1}')");
    await shop.invoke("WorkerFunction", {});
    expect((await client.query("SELECT FROM cache_invalidations")).rowCount).toBe(0);
  });
  expect(log).toContainEqual(expect.stringMatching(/^WorkerFunction \| .+"carriedOut":\d+/));
});

it("signs each function in to Redis as itself, who may do all that was done so far", () =>
  administer(redis.address, async (client) => {
    const users = new Set(String(await client.client("LIST")).match(/(?<= user=)\S+/g));
    users.delete(redis.address.user); // who asks
    expect([...users].sort()).toEqual(
      expect.arrayContaining(
        ["accounts", "authorizer", "catalog", "checkout", "leaderboards", "worker"].map(
          (role) => `larder-dev-cache-r-${role}`,
        ),
      ),
    );
    expect([...users].filter((user) => !user.startsWith("larder-dev-cache-r-"))).toEqual([]);
    expect(await client.acl("LOG")).toEqual([]);
  }));

it("serves the same answers to many at once", async () => {
  const answers = await Promise.all(Array.from({ length: 60 }, (_, at) => get(`/movies/${(at % 20) + 1}`)));
  expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(200));
  expect(answers.map(({ body }) => body.id)).toEqual(answers.map((_, at) => (at % 20) + 1));
});

it.each(["killed", "frozen"])(
  "reads on from PostgreSQL while Redis is %s under requests, and recovers by itself",
  async (fault) => {
    await isCached("/movies/2");
    if (fault === "killed") await redis.kill();
    else redis.freeze();

    // What a process keeps itself is fresh enough for half a second more.
    await until("Redis is missed", async () => (await get("/movies/2")).tier === "bypass");
    const answers = await Promise.all(Array.from({ length: 20 }, () => get("/movies/2")));
    expect(answers.map(({ status, tier }) => [status, tier])).toEqual(Array(20).fill([200, "bypass"]));
    expect((await get("/health")).body).toMatchObject({ status: "degraded", redis: { reached: false } });

    if (fault === "killed") await redis.restart();
    else redis.thaw();
    await isCached("/movies/2");
  },
);

it.each(["killed", "frozen"])(
  "serves what is cached while PostgreSQL is %s, answers 503 for the rest, and recovers by itself",
  async (fault) => {
    const [cached, uncached] = fault === "killed" ? ["/movies/3", "/movies/2001"] : ["/movies/4", "/movies/2002"];
    await isCached(cached);
    if (fault === "killed") await postgres.kill();
    else postgres.freeze();

    expect(await get(cached)).toMatchObject({ status: 200, tier: cachedTier });
    const refused = await get(uncached);
    expect([refused.status, refused.headers.get("retry-after"), refused.body.type]).toEqual([
      503,
      "2",
      "urn:larder:problem:database-unavailable",
    ]);

    if (fault === "killed") await postgres.restart();
    else postgres.thaw();
    await until(`${uncached} is served`, async () => (await get(uncached)).status === 200);
  },
);

it("logs no password", () => {
  expect(log.join("\n")).not.toContain(postgres.address.master.password);
  expect(log.join("\n")).not.toContain(redis.address.password);
});
