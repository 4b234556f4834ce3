import { ask, run } from "./assembly-fixture";

const page = "https://shop.example.com";
const cors = {
  AllowOrigins: [page, "http://localhost:5173"],
  AllowMethods: ["GET", "POST"],
  AllowHeaders: ["authorization", "content-type"],
  ExposeHeaders: ["x-cache"],
  MaxAge: 3600,
};
const film = { code: "exports.handler = async () => ({ statusCode: 200, body: 'film' })" };

const asks = (origin: string) => ({
  method: "OPTIONS",
  headers: [
    "origin",
    origin,
    "access-control-request-method",
    "POST",
    "access-control-request-headers",
    "authorization",
  ],
});
const from = (origin: string) => ({ headers: ["origin", origin] });

const corsHeadersOf = ({ headers }: Awaited<ReturnType<typeof ask>>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-")));
const allowed = { "access-control-allow-origin": page, "access-control-expose-headers": "x-cache" };
const allowedAhead = {
  ...allowed,
  "access-control-allow-methods": "GET,POST",
  "access-control-allow-headers": "authorization,content-type",
  "access-control-max-age": "3600",
};

describe("a browser's question ahead of a request", () => {
  it("is answered by the gateway, without a function or an authorizer, where no route takes OPTIONS", async () => {
    const Auth = { code: "exports.handler = async () => ({ isAuthorized: false })" };
    const { url } = await run({
      functions: { Film: film, Auth },
      routes: { "POST /films": "Film" },
      authorizedBy: "Auth",
      cors,
    });
    const answer = await ask(url, "/films", asks(page));
    expect([answer.status, answer.body, corsHeadersOf(answer)]).toEqual([204, "", allowedAhead]);
  });

  it("goes to the function of a route that takes it, and the answer gets the gateway's headers", async () => {
    const Fn = { code: "exports.handler = async ({ routeKey }) => ({ statusCode: 207, body: routeKey })" };
    const { url } = await run({ functions: { Fn }, routes: { $default: "Fn" }, cors });
    const answer = await ask(url, "/films", asks(page));
    expect([answer.status, answer.body, corsHeadersOf(answer)]).toEqual([207, "$default", allowedAhead]);
  });

  it("is answered without permission to a page of another origin", async () => {
    const { url } = await run({ functions: { Film: film }, routes: { "POST /films": "Film" }, cors });
    for (const origin of ["https://evil.example.com", "null", `${page}.evil.example.com`, "http://localhost:51731"]) {
      const answer = await ask(url, "/films", asks(origin));
      expect([answer.status, corsHeadersOf(answer)]).toEqual([204, {}]);
    }
  });

  it("is no question without the method that would follow", async () => {
    const { url } = await run({ functions: { Film: film }, routes: { "POST /films": "Film" }, cors });
    expect((await ask(url, "/films", { method: "OPTIONS", ...from(page) })).status).toBe(404);
  });
});

describe("an answer to a page", () => {
  it("has the gateway's headers for its origin, in the place of the function's", async () => {
    const code = `exports.handler = async () => ({
      statusCode: 200,
      headers: { "Access-Control-Allow-Origin": "*", "access-control-allow-credentials": "true", "x-cache": "near" },
    })`;
    const { url } = await run({ functions: { Fn: { code } }, routes: { "GET /": "Fn" }, cors });
    const answer = await ask(url, "/", from(page));
    expect([corsHeadersOf(answer), answer.headers["x-cache"]]).toEqual([allowed, "near"]);
    expect(corsHeadersOf(await ask(url, "/", from("https://evil.example.com")))).toEqual({});
    expect(corsHeadersOf(await ask(url, "/"))).toEqual({});
  });

  it("has them too where it is an error, the function's or the gateway's", async () => {
    const Fn = { code: "exports.handler = async () => ({ statusCode: 503 })" };
    const { url } = await run({ functions: { Fn }, routes: { "GET /": "Fn" }, cors });
    for (const [path, status] of [
      ["/", 503],
      ["/nowhere", 404],
    ] as const) {
      const answer = await ask(url, path, from(page));
      expect([answer.status, corsHeadersOf(answer)]).toEqual([status, allowed]);
    }
  });

  it("lets every page in where the API is for all, and none where the API has no CORS", async () => {
    const open = await run({ functions: { Film: film }, routes: { "GET /": "Film" }, cors: { AllowOrigins: ["*"] } });
    expect(corsHeadersOf(await ask(open.url, "/", from(page)))).toEqual({ "access-control-allow-origin": "*" });
    const closed = await run({ functions: { Film: film }, routes: { "GET /": "Film" } });
    expect(corsHeadersOf(await ask(closed.url, "/", from(page)))).toEqual({});
    expect((await ask(closed.url, "/", asks(page))).status).toBe(404);
  });
});
