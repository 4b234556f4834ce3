/**
 * The film shop as it is deployed, end to end: the synthesized application on servers of its own, which are then broken.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Application, runApplication } from "../../local/aws/application";
import type { LocalEndpoints } from "../../local/aws/endpoints";
import type { PostgresServer } from "../../local/servers/postgres";
import type { RedisServer } from "../../local/servers/redis";
import { letApplicationSignIn } from "../../local/setup/application-role";
import { synthesize } from "../../local/setup/synthesis";
import { ownPostgres, ownRedis } from "../support/servers";
import { until } from "../support/until";

let redis: RedisServer;
let postgres: PostgresServer;
let shop: Application;
const log: string[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "larder-film-shop-"));
  const [assembly] = await Promise.all([
    synthesize(folder, new AbortController().signal),
    ownRedis().then((server) => (redis = server)),
    ownPostgres().then((server) => (postgres = server)),
  ]);
  const appPassword = "for tests only";
  await letApplicationSignIn(postgres.address, appPassword);
  const endpoints: LocalEndpoints = { redis: redis.address, postgres: { ...postgres.address, appPassword } };
  const onLog = (source: string, line: string) => void log.push(`${source} | ${line}`);
  shop = await runApplication({ assemblyDir: join(assembly, "assembly-dev"), endpoints, port: 0, onLog });
}, 120_000);

afterAll(async () => {
  await shop.close();
});

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
  expect(await get("/users/1")).toMatchObject({ status: 200, body: { id: 1, name: "Ada Lovelace" } });
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
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET"]);
});

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
