import { SharedCache } from "@larder/toolkit";
import fc from "fast-check";
import * as z from "zod/mini";
import { routes } from "../../lambdas/catalog/endpoints";
import { catalogServices } from "../../lambdas/catalog/services";
import { jsonObject } from "../../lambdas/contract/json-object";
import { httpFunction } from "../../lambdas/platform/http-function";
import { handler as unmatched } from "../../lambdas/unmatched/handler";
import { httpEvent, invoke, lambdaContext, type Answer } from "../support/invoke";
import { expectProblem } from "../support/problem";
import { addressOf, connected } from "../support/redis-clients";
import { connectedDatabase, migratedDatabase } from "../support/shop-database";

function expectProblemOr200(answer: Answer): void {
  expect(answer.status).toBeLessThan(500);
  if (answer.status !== 200) expectProblem(answer);
}

describe("bad requests", () => {
  it("are answered by problem+json, never by a 5xx or a stack trace", async () => {
    const redis = connected(addressOf("single"));
    const database = connectedDatabase(await migratedDatabase());
    const services = catalogServices(redis, database, new SharedCache({ redis }));
    const catalog = httpFunction({ limits: "none", env: z.object({}), services: () => services, routes });
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("%", "%zz", "%00", "..", "//", "'--", "{}", "\u0000", "-1", "1e9"),
    );
    const segment = fc
      .oneof(
        text,
        text.map((raw) => raw.replace(/[^\w]/g, "")),
      )
      .map((raw) => raw.replaceAll("?", ""));
    const query = fc.array(
      fc.tuple(fc.oneof(fc.constantFrom("genre", "director", "sort", "order", "page", "pageSize"), text), text),
      { maxLength: 4 },
    );
    const request = fc.record({
      method: fc.constantFrom("GET", "GET", "GET", "POST", "DELETE", "TRACE"),
      path: fc
        .tuple(fc.constantFrom("/movies", "/movies/", "/health", "/", "//movies/"), segment)
        .map((parts) => parts.join("")),
      query: query.map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&")),
      headers: fc.dictionary(
        fc.constantFrom("host", "content-type", "cookie", "x-forwarded-proto", "accept"),
        fc.string().map((raw) => raw.replace(/[^\x20-\x7e]/g, "").trim()),
      ),
      body: fc.option(fc.string(), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, query: search, headers, body }) => {
        const options = { headers, ...(body !== undefined && { body }) };
        const handler = method === "GET" ? catalog : unmatched;
        expectProblemOr200(await invoke(handler, method, `${path}?${search}`, options));
      }),
      { numRuns: 400 },
    );
  });
});

describe("a body", () => {
  const reader = httpFunction({
    limits: "none",
    env: z.object({}),
    services: () => undefined,
    routes: (router) => {
      const validation = { req: { body: jsonObject({ name: z.string() }) } };
      router.post("/sessions", ({ valid }) => ({ read: valid.req.body.name }), { validation });
    },
  });
  const json = { "content-type": "application/json" };

  it.each([
    ["that is no JSON", json, '{"name":', { detail: "the body is not JSON" }],
    [
      "that isn't said to be JSON",
      {},
      '{"name":"Ada"}',
      { errors: [{ message: "must be a JSON object, sent as application/json" }] },
    ],
    [
      "that is no object",
      json,
      '"Ada"',
      { errors: [{ path: "body", message: expect.stringContaining("must be a JSON object") }] },
    ],
    [
      "with a member too many",
      json,
      '{"name":"Ada","role":1}',
      { errors: [{ path: "body", message: "must not have role" }] },
    ],
  ])("%s is 400, and the answer says what is wrong", async (_what, headers, body, expected) => {
    const answer = await invoke(reader, "POST", "/sessions", { headers: { ...headers }, body });
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.objectContaining({ type: "urn:larder:problem:invalid-request" }),
    ]);
    expect(answer.body).toMatchObject(expected);
  });

  it("that fits is read, in whatever case its type is written", async () => {
    for (const type of ["application/json", "Application/JSON; charset=UTF-8"]) {
      const headers = { "content-type": type };
      const answer = await invoke(reader, "POST", "/sessions", { headers, body: '{"name":"Ada"}' });
      expect(answer.body).toEqual({ read: "Ada" });
    }
  });
});

describe("a path that the gateway has decoded", () => {
  it("reaches the route that the gateway chose, and no other", async () => {
    const app = httpFunction({
      limits: "none",
      env: z.object({}),
      services: () => undefined,
      routes: (router) => {
        router.get("/movies/:id", ({ params }) => ({ movie: params.id ?? "" }));
        router.get("/health", () => ({ health: true }));
      },
    });
    const reached = async (id: string) => {
      const event = { ...httpEvent("GET", `/movies/${id}`), routeKey: "GET /movies/{id}", pathParameters: { id } };
      return JSON.parse((await app(event, lambdaContext())).body ?? "{}") as unknown;
    };
    for (const id of [
      "../health",
      ".",
      "..",
      " ",
      "\n",
      "\u00a0",
      "",
      "%",
      "%2e%2e",
      ".\t./health",
      "1?x",
      "1#x",
      "1\n",
      "a b",
    ])
      expect(await reached(id)).toEqual({ movie: id });
  });
});

describe("a function whose environment is incomplete", () => {
  it("says what is missing without showing a value, and tries again at the next request", async () => {
    const env = z.object({ LARDER_TEST_SETTING: z.string() });
    const app = httpFunction({
      limits: "none",
      env,
      services: ({ LARDER_TEST_SETTING }) => LARDER_TEST_SETTING,
      routes: (router, setting) => router.get("/health", () => ({ setting })),
    });
    await expect(invoke(app, "GET", "/health")).rejects.toThrow("the environment is incomplete: LARDER_TEST_SETTING: ");
    process.env["LARDER_TEST_SETTING"] = "here";
    expect((await invoke(app, "GET", "/health")).body).toEqual({ setting: "here" });
  });
});

describe("an error that nobody foresaw", () => {
  it("is a bare 500 to the caller", async () => {
    const app = httpFunction({
      limits: "none",
      env: z.object({}),
      services: () => undefined,
      routes: (router) =>
        router.get("/health", () => {
          throw new TypeError("secret detail");
        }),
    });
    const { status, headers, body } = await invoke(app, "GET", "/health");
    expect([status, headers["content-type"]]).toEqual([500, "application/problem+json"]);
    expect(JSON.stringify(body)).not.toContain("secret detail");
  });
});
