import { Locks, SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { routes as catalogRoutes } from "../../lambdas/catalog/endpoints";
import { releaseChecks as catalogChecks } from "../../lambdas/catalog/release-checks";
import { catalogServices } from "../../lambdas/catalog/services";
import { routes as checkoutRoutes } from "../../lambdas/checkout/endpoints";
import { releaseChecks as checkoutChecks } from "../../lambdas/checkout/release-checks";
import { checkoutServices } from "../../lambdas/checkout/services";
import { httpFunction } from "../../lambdas/platform/http-function";
import { logger } from "../../lambdas/platform/logger";
import { Limits } from "../../lambdas/platform/limits";
import { withQuestions } from "../../lambdas/platform/questions";
import { checkRelease } from "../../lambdas/platform/release-check";
import { openSessions } from "../../lambdas/platform/sessions";
import { checkAndReport } from "../../lambdas/release-check/check-and-report";
import { buildServices } from "../../lambdas/release-check/services";
import { Versions } from "../../lambdas/release-check/versions";
import { readSessionData } from "../../lambdas/shop/session-data";
import { SimulatedPayments } from "../../lambdas/shop/simulated-payments";
import { httpEvent, lambdaContext } from "../support/invoke";
import { orderJobsOn } from "../support/order-jobs";
import { ownProxiedRedis } from "../support/proxied-redis";
import { addressOf, connected, reach, redisModes } from "../support/redis-clients";
import { signedInAs } from "../support/redis-users";
import { type ReleaseService, releaseService, type Version } from "../support/release-service";
import { ownPostgres, servers } from "../support/servers";
import { connectedDatabase, type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";

const [catalogArn, checkoutArn] = ["catalog:7", "checkout:9"].map(
  (name) => `arn:aws:lambda:eu-west-1:000000000000:function:larder-${name}`,
) as [string, string];
const hook = { DeploymentId: "d-1", LifecycleEventHookExecutionId: "hook-1" };
const reported = (status: string) => [{ deploymentId: "d-1", lifecycleEventHookExecutionId: "hook-1", status }];

type Address = Parameters<typeof connected>[0];
/** On a server of a test's own, which knows no users of functions. */
const asItself: typeof signedInAs = (_role, _store, address) => address;

/** The function as its handler makes it, with the rights that it is deployed with; its stores end with the test file. */
function catalogOn(address: Address, env: DatabaseEnvironment, as = signedInAs): Version {
  const redis = connected(as("catalog", "cache", address));
  const services = {
    ...catalogServices(redis, connectedDatabase(env), new SharedCache({ redis })),
    limits: new Limits({ redis: connected(as("catalog", "state", address)) }),
  };
  const http = httpFunction({ limits: "none", env: z.object({}), services: () => services, routes: catalogRoutes });
  return withQuestions({ releaseCheck: http.beside((built) => checkRelease(catalogChecks(built))) }, http) as Version;
}

function checkoutOn(address: Address, env: DatabaseEnvironment, as = signedInAs): Version {
  const redis = connected(as("checkout", "state", address));
  const database = connectedDatabase(env);
  const locks = new Locks({ redis });
  const services = {
    ...checkoutServices(
      database,
      openSessions(redis, readSessionData),
      locks,
      new SimulatedPayments(database),
      orderJobsOn(database, redis),
    ),
    locks,
  };
  const http = httpFunction({ limits: "none", env: z.object({}), services: () => services, routes: checkoutRoutes });
  return withQuestions({ releaseCheck: http.beside((built) => checkRelease(checkoutChecks(built))) }, http) as Version;
}

let service: ReleaseService;
let shop: DatabaseEnvironment;
const before = process.env;
beforeAll(async () => {
  process.env = { ...before };
  service = await releaseService();
  shop = await migratedDatabase();
});
afterAll(() => void (process.env = before));
beforeEach(() => {
  Object.assign(service, { reportAnswer: "takes it", timeoutMs: 10_000 });
  service.reports.length = 0;
  service.calls.length = 0;
  service.versions.clear();
});

/** As the hook's handler does it, but with short pauses. What it logged as the reason. */
async function check({
  remainingMs = () => 60_000,
  versions = () => [...service.versions.keys()],
  answerMs,
}: { remainingMs?: () => number; versions?: () => string[]; answerMs?: number } = {}): Promise<string> {
  const errors = jest.spyOn(logger, "error").mockImplementation(() => undefined);
  const asked = new Versions(new LambdaClient({ maxAttempts: 1 }), { pauseMs: 100, answerMs });
  try {
    await checkAndReport(hook, { ...buildServices(), asked, versions, remainingMs });
    return errors.mock.calls.map((call) => JSON.stringify(call)).join("\n");
  } finally {
    errors.mockRestore();
  }
}

describe.each(redisModes)("a release of versions that work (%s)", (mode) => {
  it("may begin", async () => {
    service.versions.set(catalogArn, catalogOn(addressOf(mode), shop));
    service.versions.set(checkoutArn, checkoutOn(addressOf(mode), shop));
    expect(await check()).toBe("");
    expect(service.reports).toEqual(reported("Succeeded"));
  });

  it("is checked twice at once, one waiting for the other's lock", async () => {
    const checkout = checkoutOn(addressOf(mode), shop);
    const answers = await Promise.all([1, 2, 3].map(() => checkout({ releaseCheck: true }, lambdaContext())));
    for (const answer of answers)
      expect(answer).toEqual([{ tried: "takes and releases a lock" }, { tried: "reads a list of orders" }]);
  });
});

describe("a release", () => {
  const working = (): Version => async () => [{ tried: "this" }];

  it("is refused while the new version gets no answer from Redis, whatever the cache does without it", async () => {
    const { proxies, address } = await ownProxiedRedis("single");
    service.versions.set(catalogArn, catalogOn(reach("single", address), shop, asItself));
    service.versions.set(checkoutArn, checkoutOn(reach("single", address), shop, asItself));
    await check();
    expect(service.reports).toEqual(reported("Succeeded"));
    service.reports.length = 0;

    for (const proxy of proxies) proxy.stall();
    const reasons = await check();
    expect(service.reports).toEqual(reported("Failed"));
    for (const reason of [
      "reaches its stores: redis",
      "counts by a limit: redis gave",
      "takes and releases a lock: Redis",
    ])
      expect(reasons).toContain(reason);
    for (const proxy of proxies) proxy.resume();
  });

  it("is refused while PostgreSQL is gone, though films are cached", async () => {
    const postgres = await ownPostgres();
    const env = await migratedDatabase(postgres.address);
    service.versions.set(catalogArn, catalogOn(addressOf("single"), env));
    service.versions.set(checkoutArn, checkoutOn(addressOf("single"), env));
    await check();
    expect(service.reports).toEqual(reported("Succeeded"));
    service.reports.length = 0;

    await postgres.stop();
    const reasons = await check();
    expect(service.reports).toEqual(reported("Failed"));
    expect(reasons).toContain("reaches its stores: postgres: the database gave no answer");
    expect(reasons).toContain("reads a list of orders: DatabaseUnavailableError");
  });

  it("is refused when what another release has cached isn't what the new version takes for a film", async () => {
    const address = addressOf("single");
    const redis = connected(address);
    const films = new SharedCache({ redis }).collection<object>("movies", { ttlMs: 60_000, load: async () => ({}) });
    const { films: own } = catalogServices(redis, connectedDatabase(shop), new SharedCache({ redis }));
    const { value: page } = await own.search({ sort: "title", order: "asc", page: 1, pageSize: 1 });
    const id = String(page!.items[0]!.id);
    await films.put(id, async () => ({ id: Number(id), name: "of a release that knew films by other names" }));
    service.versions.set(catalogArn, catalogOn(address, shop));
    expect(await check()).toContain("raise the shape of the collection movies");
    expect(service.reports).toEqual(reported("Failed"));
    await films.invalidate(id);
  });

  it.each<[string, Version, RegExp]>([
    ["throws", () => Promise.reject(new TypeError("films is undefined")), /it failed: TypeError: films is undefined/],
    ["never answers", () => new Promise(() => undefined), /it failed: Sandbox.Timedout: Task timed out/],
    ["takes the question for a request", async () => ({ statusCode: 404 }), /doesn't understand the question/],
    ["answers nothing", async () => undefined, /doesn't understand the question/],
    ["tried nothing", async () => [], /doesn't understand the question/],
    ["says that something failed", async () => [{ tried: "that", fault: "it broke" }], /that: it broke/],
  ])("is refused when the new version %s", async (_what, version, reason) => {
    service.timeoutMs = 200;
    service.versions.set(catalogArn, version).set(checkoutArn, working());
    const reasons = await check();
    expect(reasons).toMatch(reason);
    expect(reasons).toContain(catalogArn);
    expect(service.reports).toEqual(reported("Failed"));
    expect(service.calls.filter((arn) => arn === catalogArn)).toHaveLength(3);
    expect(service.calls.filter((arn) => arn === checkoutArn)).toHaveLength(1);
  });

  it("may begin when the new version was only slow to connect", async () => {
    let calls = 0;
    service.versions.set(catalogArn, async () => [
      { tried: "that", ...(++calls < 3 && { fault: "not connected yet" }) },
    ]);
    await check();
    expect(service.reports).toEqual(reported("Succeeded"));
  });

  it("is refused when a version can't be called, gives no answer in time, or isn't known", async () => {
    expect(await check({ versions: () => [catalogArn] })).toContain("it couldn't be asked: ResourceNotFoundException");
    expect(service.reports).toEqual(reported("Failed"));
    service.reports.length = 0;

    service.versions.set(catalogArn, () => new Promise(() => undefined));
    expect(await check({ answerMs: 50 })).toContain("it couldn't be asked: ");
    expect(service.reports).toEqual(reported("Failed"));
    service.reports.length = 0;

    const unknown = () => {
      throw new Error("CHECKED_VERSIONS is missing");
    };
    expect(await check({ versions: unknown })).toContain("CHECKED_VERSIONS is missing");
    expect(service.reports).toEqual(reported("Failed"));
  });

  it("is refused when the check itself is about to be ended", async () => {
    service.versions.set(catalogArn, () => new Promise(() => undefined));
    expect(await check({ remainingMs: () => 20_100 })).toContain("the check took too long");
    expect(service.reports).toEqual(reported("Failed"));
  });

  it("is reported once when the answer to the report was lost", async () => {
    service.reportAnswer = "takes it and closes the connection";
    service.versions.set(catalogArn, working());
    await check();
    expect(service.reports).toEqual(reported("Succeeded"));
  });

  it("fails its check for all to see when CodeDeploy doesn't take the report", async () => {
    service.reportAnswer = "refuses it";
    service.versions.set(catalogArn, working());
    await expect(check()).rejects.toThrow("no");
  });

  it("is checked by the handler that is deployed, which reports what its own environment lacks", async () => {
    service.versions.set(catalogArn, working()).set(checkoutArn, working());
    const { handler } = await import("../../lambdas/release-check/handler");
    process.env["CHECKED_VERSIONS"] = [catalogArn, checkoutArn].join(",");
    const context = { ...lambdaContext(), getRemainingTimeInMillis: () => 120_000 };
    await handler(hook, context);
    expect(service.reports).toEqual(reported("Succeeded"));
    expect(service.calls.sort()).toEqual([catalogArn, checkoutArn]);

    service.reports.length = 0;
    delete process.env["CHECKED_VERSIONS"];
    await handler(hook, context);
    expect(service.reports).toEqual(reported("Failed"));
  });
});

describe("the handlers that are deployed", () => {
  it("answer the question by all their checks, none of which fails", async () => {
    const { host, port, user, password } = servers().redis;
    const settings = {
      MODE: "single",
      HOST: host,
      PORT: String(port),
      USER: user,
      GROUP: "none",
      AUTH: "password",
      PASSWORD: password,
      TLS: "off",
    };
    for (const [name, value] of Object.entries(settings))
      Object.assign(process.env, { [`REDIS_${name}`]: value, [`STATE_REDIS_${name}`]: value });
    process.env["POWERTOOLS_METRICS_NAMESPACE"] = "Larder/test";
    for (const [name, value] of Object.entries(shop)) process.env[name] = String(value);
    const [catalog, checkout] = [
      (await import("../../lambdas/catalog/handler")).handler as Version,
      (await import("../../lambdas/checkout/handler")).handler as Version,
    ];
    service.versions.set(catalogArn, catalog).set(checkoutArn, checkout);
    await check();
    expect(service.reports).toEqual(reported("Succeeded"));
    const tried = async (version: Version) => {
      const findings = (await version({ releaseCheck: true }, lambdaContext())) as { tried: string; fault?: string }[];
      return findings.map(({ tried, fault }) => `${tried}: ${fault ?? "ok"}`);
    };
    expect(await tried(catalog)).toEqual([
      "reads a film through the cache: ok",
      "reaches its stores: ok",
      "counts by a limit: ok",
    ]);
    expect(await tried(checkout)).toEqual(["takes and releases a lock: ok", "reads a list of orders: ok"]);
  });
});

describe("a request", () => {
  it("can't ask for the check, whatever a client puts into it", async () => {
    const catalog = catalogOn(addressOf("single"), shop);
    const headers = { releasecheck: "true", "content-type": "application/json" };
    const event = httpEvent("GET", "/nothing?releaseCheck=true", { headers, body: '{"releaseCheck":true}' });
    expect(await catalog(event, lambdaContext())).toMatchObject({ statusCode: 404 });
    for (const almost of [
      { ...event, releaseCheck: true },
      { releaseCheck: "true" },
      { releaseCheck: true, doctor: true },
    ])
      expect(await catalog({ ...event, ...almost }, lambdaContext())).toMatchObject({ statusCode: 404 });
  });
});
