/** The API's description, beside the API itself. That answers are as it says is checked of every one in `shopProcess`. */
import type { Router } from "@aws-lambda-powertools/event-handler/http";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../local/setup/data-folder";
import { routes as accounts } from "../../lambdas/accounts/endpoints";
import { routes as catalog } from "../../lambdas/catalog/endpoints";
import { routes as checkout } from "../../lambdas/checkout/endpoints";
import { operations } from "../../lambdas/contract/openapi/operations";
import type { OrderJob } from "../../lambdas/contract/queues";
import { apiRoutes } from "../../lambdas/contract/routes";
import { routes as leaderboards } from "../../lambdas/leaderboards/endpoints";
import { routes as coordination } from "../../lambdas/coordination/endpoints";
import { routes as redis } from "../../lambdas/operations/endpoints";
import { openApiDocument } from "../../lambdas/coordination/openapi-document";
import { openOrderQueue } from "../../lambdas/platform/queues";
import { addressOf, connected } from "../support/redis-clients";
import { ownPostgres } from "../support/servers";
import { migratedDatabase } from "../support/shop-database";
import { type ShopProcess, shopProcess } from "../support/shop-process";
import { httpEvent, type Answer } from "../support/invoke";

const text = JSON.stringify(openApiDocument());
interface Described {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly security: readonly { session?: string[] }[] }>>>
  >;
}
const document = JSON.parse(text) as Described;

function lookUp(path: string): unknown {
  return path.split("/").reduce<unknown>((node, name) => new Map(Object.entries(node ?? {})).get(name), document);
}

describe("the document", () => {
  it("is valid OpenAPI 3.1", () => {
    const file = join(temporaryFolder(), "openapi.json");
    writeFileSync(file, text);
    const validator = join(__dirname, "../../node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js");
    expect(JSON.parse(execFileSync(process.execPath, [validator, file], { encoding: "utf8" }))).toEqual({
      valid: true,
    });
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it("refers to nothing that isn't in it", () => {
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(references.length).toBeGreaterThan(50);
    for (const path of references) expect([path, lookUp(path)]).toEqual([path, expect.anything()]);
  });

  it("has every route of the contract, with who may call it, and no other", () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        key: `${method.toUpperCase()} ${path}`,
        roles: security.flatMap(({ session = [] }) => session),
      })),
    );
    const byKey = (one: { key: string }, other: { key: string }) => one.key.localeCompare(other.key);
    expect(described.sort(byKey)).toEqual(
      apiRoutes
        .map(({ method, path, access }) => ({
          key: `${method} ${path}`,
          roles: access === "public" ? [] : [...access],
        }))
        .sort(byKey),
    );
  });

  it("gives each call a name of its own", () => {
    const ids = Object.values(operations).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has the version of the package", () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8"));
    expect(document.info.version).toBe(version);
  });
});

describe("each endpoint", () => {
  it("validates requests by the very schemas that the document is made from", () => {
    const validated: Record<string, unknown> = {};
    const record =
      (method: string) => (path: string, _endpoint: unknown, options?: { validation?: { req: unknown } }) =>
        void (validated[`${method} ${path.replace(/:(\w+)/g, "{$1}")}`] = options?.validation?.req);
    const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    const app = Object.fromEntries(
      methods.map((method) => [method.toLowerCase(), record(method)]),
    ) as unknown as Router;
    for (const routes of [catalog, accounts, checkout, leaderboards, coordination, redis]) routes(app, {} as never);

    expect(Object.keys(validated).sort()).toEqual(Object.keys(operations).sort());
    for (const [key, { request = {} }] of Object.entries(operations))
      for (const part of ["path", "query", "headers", "body"] as const)
        expect([key, part, (validated[key] as typeof request | undefined)?.[part] === request[part]]).toEqual([
          key,
          part,
          true,
        ]);
  });
});

describe("the running application", () => {
  let shop: ShopProcess;
  const seen = new Set<string>();

  beforeAll(async () => {
    shop = shopProcess(addressOf("single"), await migratedDatabase());
  });

  async function ask(...[method, target, request]: Parameters<ShopProcess["ask"]>): Promise<Answer> {
    const answer = await shop.ask(method, target, request);
    seen.add(`${httpEvent(method, target).routeKey} ${answer.status}`);
    return answer;
  }

  it("gives every answer that the document describes and that is no error", async () => {
    const [admin, user] = [await shop.newcomer("admin"), await shop.newcomer()];
    const { email, password } = user;

    for (const page of ["/movies", "/movies?genre=Drama&sort=imdbRating&order=desc&page=2&pageSize=3", "/movies/1"])
      await ask("GET", page);
    const added = await ask("POST", "/movies", { token: admin.token, body: { title: "The Larder" } });
    await ask("PATCH", added.headers["location"]!, { token: admin.token, body: { imdbRating: 9.9 } });
    await ask("DELETE", added.headers["location"]!, { token: admin.token });

    await ask("POST", "/users", { body: { name: "Ada", email: "ada@example.com", password } });
    await ask("GET", `/users/${user.id}`, user);
    await ask("PATCH", `/users/${user.id}`, { token: user.token, body: { name: "Somebody" } });

    await ask("PUT", "/cart/items/1", { token: user.token, body: { quantity: 2 } });
    const cart = (await ask("GET", "/cart", user)).body as { id: string };
    const headers = { "idempotency-key": "one" };
    const order = await ask("POST", "/orders", { token: user.token, headers, body: { cartId: cart.id } });
    await ask("GET", order.headers["location"]!, user);
    await ask("GET", "/orders?page=1&pageSize=5", user);
    await ask("DELETE", "/cart/items/1", user);
    await shop.bestSellers.countSales((order.body as { id: string }).id);
    await ask("GET", "/leaderboards/best-sellers-day?top=5");
    await ask("GET", "/leaderboards/best-sellers-all/around/1?neighbours=1");

    const { token } = (await ask("POST", "/sessions", { body: { email, password } })).body as { token: string };
    await ask("GET", "/sessions", { token });
    await ask("DELETE", "/sessions/current", { token });
    await ask("DELETE", "/sessions", user);

    const redis = connected(addressOf("single"));
    const queue = openOrderQueue(redis, () => undefined);
    await queue.add([{ id: "a", data: { kind: "gone" } as unknown as OrderJob }]);
    await queue.claim({ max: 10 }); // what it doesn't know is dead
    await ask("GET", "/admin/queues/orders", admin);
    await ask("GET", "/admin/queues/orders/dead?max=1", admin);
    await ask("POST", "/admin/queues/orders/dead/a/retry", admin);
    await ask("GET", "/admin/cache", admin);
    await ask("POST", "/admin/cache/failover", { token: admin.token, body: { role: "cache" } });
    await ask("DELETE", `/users/${admin.id}`, admin);

    const service = await shop.newcomer("service");
    await ask("POST", "/limits/exports/consume", { token: service.token, body: { subject: "customer 1" } });
    await ask("GET", "/limits/exports/customer%201?cost=3", { token: service.token });
    const lock = (method: string, path: string, body?: unknown) =>
      ask(method, `/locks/${path}`, { token: service.token, body });
    const { token: fence, holder } = (await lock("PUT", "a", { leaseMs: 60_000 })).body as {
      token: number;
      holder: string;
    };
    await lock("GET", "a");
    await lock("PATCH", "a", { token: fence, holder, leaseMs: 60_000 });
    await lock("DELETE", `a?token=${fence}&holder=${encodeURIComponent(holder)}`);

    await ask("GET", "/health");
    const description = await ask("GET", "/openapi.json");
    await ask("GET", "/openapi.json", { headers: { "if-none-match": description.headers["etag"]! } });

    const described = Object.entries(operations).flatMap(([key, { answers }]) =>
      Object.keys(answers).map((status) => `${key} ${status}`),
    );
    expect([...seen].sort()).toEqual(described.sort());
  });

  it("is unhealthy without PostgreSQL as the document says", async () => {
    const postgres = await ownPostgres();
    const own = shopProcess(addressOf("single"), await migratedDatabase(postgres.address));
    await postgres.kill();
    expect((await own.ask("GET", "/health")).body).toMatchObject({
      postgres: { reached: false },
      redis: { reached: true },
    });
  });

  it("serves the document, and says when it hasn't changed", async () => {
    const { status, headers, body } = await shop.ask("GET", "/openapi.json");
    expect([status, headers["content-type"], headers["cache-control"]]).toEqual([
      200,
      "application/json",
      "public, max-age=300",
    ]);
    expect(body).toEqual(document);
    const again = (tag: string) => shop.ask("GET", "/openapi.json", { headers: { "if-none-match": tag } });
    const etag = headers["etag"]!;
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"])
      expect(await again(tag)).toMatchObject({ status: 304, body: undefined, headers: { etag } });
    expect((await again('"other"')).status).toBe(200);
  });
});
