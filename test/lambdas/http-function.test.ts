import { SharedCache } from "@larder/toolkit";
import fc from "fast-check";
import * as z from "zod/mini";
import { routes } from "../../lambdas/catalog/endpoints";
import { catalogServices } from "../../lambdas/catalog/services";
import { httpFunction } from "../../lambdas/platform/http-function";
import { handler as unmatched } from "../../lambdas/unmatched/handler";
import { httpEvent, invoke, lambdaContext, type Answer } from "../support/invoke";
import { addressOf, connected } from "../support/redis-clients";
import { connectedDatabase, migratedDatabase } from "../support/shop-database";

const Problem = z.object({
  type: z.string().check(z.regex(/^urn:larder:problem:[a-z-]+$/)),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
});

function expectProblemOr200(answer: Answer): void {
  expect(answer.status).toBeLessThan(500);
  if (answer.status === 200) return;
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(Problem.parse(answer.body).status).toBe(answer.status);
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:\d|\bat .*\(/);
}

describe("bad requests", () => {
  it("are answered by problem+json, never by a 5xx or a stack trace", async () => {
    const redis = connected(addressOf("single"));
    const database = connectedDatabase(await migratedDatabase());
    const services = catalogServices(redis, database, new SharedCache({ redis }));
    const catalog = httpFunction({ env: z.object({}), services: () => services, routes });
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

describe("a path that the gateway has decoded", () => {
  it("reaches the route that the gateway chose, and no other", async () => {
    const app = httpFunction({
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
    for (const id of ["../health", ".\t./health", "1?x", "1#x", "1\n", "a b"])
      expect(await reached(id)).toEqual({ movie: id });
  });
});

describe("a function whose environment is incomplete", () => {
  it("says what is missing without showing a value, and tries again at the next request", async () => {
    const env = z.object({ LARDER_TEST_SETTING: z.string() });
    const app = httpFunction({
      env,
      services: ({ LARDER_TEST_SETTING }) => LARDER_TEST_SETTING,
      routes: (router, setting) => router.get("/setting", () => ({ setting })),
    });
    await expect(invoke(app, "GET", "/setting")).rejects.toThrow(
      "the environment is incomplete: LARDER_TEST_SETTING: ",
    );
    process.env["LARDER_TEST_SETTING"] = "here";
    expect((await invoke(app, "GET", "/setting")).body).toEqual({ setting: "here" });
  });
});

describe("an error that nobody foresaw", () => {
  it("is a bare 500 to the caller", async () => {
    const app = httpFunction({
      env: z.object({}),
      services: () => undefined,
      routes: (router) =>
        router.get("/broken", () => {
          throw new TypeError("secret detail");
        }),
    });
    const { status, headers, body } = await invoke(app, "GET", "/broken");
    expect([status, headers["content-type"]]).toEqual([500, "application/problem+json"]);
    expect(JSON.stringify(body)).not.toContain("secret detail");
  });
});
