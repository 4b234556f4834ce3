import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "../../../local/setup/data-folder";
import { ask, run, until } from "./assembly-fixture";

const echo = { code: "exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) })" };
const returning = (result: unknown) => ({ code: `exports.handler = async () => (${JSON.stringify(result)})` });

async function eventOf(path: string, options: Parameters<typeof ask>[2] = {}, key = "$default") {
  const { url } = await run({ functions: { Echo: echo }, routes: { [key]: "Echo" } });
  return (await ask(url, path, options)).json() as APIGatewayProxyEventV2;
}

describe("the event of a request", () => {
  it("is of format 2.0, field for field", async () => {
    const path = "/capture/space%20value?repeat=one&repeat=two&plus=a+b&encoded=a%2Bb%2F&empty=";
    const headers = ["User-Agent", "curl/8", "X-Probe", "first", "x-probe", "second"];
    const cookies = ["Cookie", "session=abc; theme=dark", "Connection", "close", "Content-Type", "application/json"];
    const event = await eventOf(path, { method: "POST", headers: [...headers, ...cookies], body: '{"λ":1}' });
    const host = event.headers.host!;
    const text = (pattern: RegExp) => expect.stringMatching(pattern) as string;
    expect(event).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/capture/space value",
      rawQueryString: "repeat=one&repeat=two&plus=a+b&encoded=a%2Bb%2F&empty=",
      cookies: ["session=abc", "theme=dark"],
      headers: {
        "content-length": "8",
        "content-type": "application/json",
        host: text(/^127\.0\.0\.1:\d+$/),
        "user-agent": "curl/8",
        "x-amzn-trace-id": text(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": host.split(":")[1],
        "x-forwarded-proto": "http",
        "x-probe": "first,second",
      },
      queryStringParameters: { repeat: "one,two", plus: "a b", encoded: "a+b/", empty: "" },
      requestContext: {
        accountId: "000000000000",
        apiId: "api",
        domainName: host,
        domainPrefix: "127",
        http: {
          method: "POST",
          path: "/capture/space value",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "curl/8",
        },
        requestId: text(/^[A-Za-z0-9+/]{15}=$/),
        routeKey: "$default",
        stage: "$default",
        time: text(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number) as number,
      },
      body: '{"λ":1}',
      isBase64Encoded: false,
    });
  });

  it("leaves out what the request doesn't have", async () => {
    const event = await eventOf("/");
    expect(event).not.toHaveProperty("body");
    expect(event).not.toHaveProperty("cookies");
    expect(event).not.toHaveProperty("queryStringParameters");
    expect(event).not.toHaveProperty("pathParameters");
    expect(event).toMatchObject({ rawQueryString: "", isBase64Encoded: false, headers: { "content-length": "0" } });
  });

  it("has decoded path variables and the route they belong to", async () => {
    const event = await eventOf("/movies/a%252Fb", {}, "GET /movies/{id}");
    expect(event).toMatchObject({
      routeKey: "GET /movies/{id}",
      pathParameters: { id: "a/b" },
      rawPath: "/movies/a/b",
    });
  });

  it.each([
    ["text/csv", false],
    ["application/json; charset=utf-8", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["application/x-www-form-urlencoded", true],
    ["application/octet-stream", true],
    ["application/problem+json", true],
    [undefined, true],
  ])("carries a body of type %s in base64: %s", async (type, isBase64Encoded) => {
    const headers = type === undefined ? [] : ["content-type", type];
    const event = await eventOf("/", { method: "PUT", headers, body: "a=1" });
    expect([event.body, event.isBase64Encoded]).toEqual([isBase64Encoded ? "YT0x" : "a=1", isBase64Encoded]);
  });

  it("has the stage in its path where the stage has a name", async () => {
    const { url } = await run({
      functions: { Echo: echo },
      routes: { "GET /movies": "Echo" },
      stage: { StageName: "v1" },
    });
    expect((await ask(url, "/v1/movies")).json()).toMatchObject({
      rawPath: "/v1/movies",
      requestContext: { stage: "v1", http: { path: "/v1/movies" } },
    });
    expect((await ask(url, "/movies")).status).toBe(404);
    expect((await ask(url, "/v10/movies")).status).toBe(404);
  });
});

describe("the answer to a request", () => {
  it("is the function's, with the gateway's request id", async () => {
    const result = {
      statusCode: 418,
      headers: { "X-Tea": "yes" },
      cookies: ["a=1", "b=2"],
      body: "dGVh",
      isBase64Encoded: true,
    };
    const { url } = await run({ functions: { Fn: returning(result) }, routes: { $default: "Fn" } });
    const { status, headers, body } = await ask(url, "/");
    expect([status, body, headers["x-tea"], headers["set-cookie"]]).toEqual([418, "tea", "yes", ["a=1", "b=2"]]);
    expect(headers["apigw-requestid"]).toMatch(/^[A-Za-z0-9+/]{15}=$/);
  });

  it("has no body when the request is HEAD", async () => {
    const { url } = await run({
      functions: { Fn: returning({ statusCode: 200, body: "four" }) },
      routes: { "ANY /": "Fn" },
    });
    const { status, headers, body } = await ask(url, "/", { method: "HEAD" });
    expect([status, headers["content-length"], body]).toEqual([200, "4", ""]);
  });
});

describe("the gateway's own answer", () => {
  const expectOwn = (answer: Awaited<ReturnType<typeof ask>>, status: number, message: string) => {
    expect([answer.status, answer.body]).toEqual([status, JSON.stringify({ message })]);
    expect(answer.headers).toMatchObject({ "content-type": "application/json", "apigw-requestid": expect.any(String) });
  };

  it("is 404 where no route fits, and 400 where the path can't be decoded", async () => {
    const { url } = await run({ functions: { Fn: echo }, routes: { "GET /movies/{id}": "Fn" } });
    expectOwn(await ask(url, "/nowhere"), 404, "Not Found");
    expectOwn(await ask(url, "/movies/1", { method: "POST" }), 404, "Not Found");
    expectOwn(await ask(url, "/movies/%25done"), 400, "Bad Request");
  });

  it("is 413 for a body above 10 MB, or above what the function can take", async () => {
    const { url } = await run({ functions: { Fn: echo }, routes: { $default: "Fn" } });
    const put = (bytes: number) => ask(url, "/", { method: "PUT", body: Buffer.alloc(bytes) });
    expectOwn(await put(10 * 1024 * 1024 + 1), 413, "Request Entity Too Large");
    expectOwn(await put(6 * 1024 * 1024), 413, "Request Entity Too Large");
    expect((await put(1024 * 1024)).status).toBe(200);
  });

  it("is 429 beyond a route's throttle, for that route only", async () => {
    const { url } = await run({
      functions: { Fn: echo },
      routes: { "GET /a": "Fn", "GET /b": "Fn" },
      stage: {
        DefaultRouteSettings: { ThrottlingBurstLimit: 100, ThrottlingRateLimit: 100 },
        RouteSettings: { "GET /a": { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 0.001 } },
      },
    });
    expect((await ask(url, "/a")).status).toBe(200);
    expect((await ask(url, "/a")).status).toBe(200);
    expectOwn(await ask(url, "/a"), 429, "Too Many Requests");
    expect((await ask(url, "/b")).status).toBe(200);
  });

  it.each([
    ["throws", { code: "exports.handler = async () => { throw new Error('no') }" }],
    ["crashes", { code: "exports.handler = async () => process.exit(1)" }],
    ["can't be loaded", { code: "syntax error" }],
    ["returns no valid status", returning({ statusCode: 1000 })],
    ["returns a header that HTTP doesn't allow", returning({ statusCode: 200, headers: { "x-bad": "a\nb" } })],
    ["runs out of time", { code: "exports.handler = () => new Promise(() => {})", properties: { Timeout: 1 } }],
  ])("is 500 when the function %s", async (_, Fn) => {
    const { url } = await run({ functions: { Fn }, routes: { $default: "Fn" } });
    expectOwn(await ask(url, "/"), 500, "Internal Server Error");
  });

  it("is 503 when the function takes longer than the integration may, and the function goes on", async () => {
    const go = join(temporaryFolder(), "go");
    const { url, logs } = await run({
      functions: {
        Fn: {
          code: `const { existsSync } = require("fs");
            exports.handler = async () => {
              while (!existsSync(process.env.GO)) await new Promise(setImmediate);
              console.log("finished");
            }`,
          environment: { GO: go },
        },
      },
      routes: { $default: "Fn" },
      integration: { TimeoutInMillis: 50 },
    });
    expectOwn(await ask(url, "/"), 503, "Service Unavailable");
    writeFileSync(go, "");
    await until(() => logs.includes("Fn: finished"));
  });

  it("is 431 for a request line and headers above 10,240 bytes", async () => {
    const { url } = await run({ functions: { Fn: echo }, routes: { $default: "Fn" } });
    expect((await ask(url, "/", { headers: ["x-long", "x".repeat(10_240)] })).status).toBe(431);
  });
});

describe("the access log", () => {
  const Format =
    '{"id":"$context.requestId","route":"$context.routeKey","agent":"$context.identity.userAgent","path":"$context.path","status":"$context.status","ms":"$context.integrationLatency","lambda":"$context.integrationStatus","error":"$context.error.message","none":"$context.authorizer.key"}';

  it("is written in the stage's format, with a dash for what there isn't", async () => {
    const { url, logs } = await run({
      functions: { Fn: echo },
      routes: { "GET /a": "Fn" },
      stage: { AccessLogSettings: { Format } },
    });
    const { headers } = await ask(url, "/a?x=1", { headers: ["user-agent", 'a "quoted" one'] });
    await ask(url, "/b");
    await until(() => logs.length === 2);
    const [first, second] = logs.map((line) => JSON.parse(line.replace("api: ", "")));
    expect(first).toEqual({
      id: headers["apigw-requestid"],
      route: "GET /a",
      agent: 'a "quoted" one',
      path: "/a",
      status: "200",
      ms: expect.stringMatching(/^\d+$/),
      lambda: "200",
      error: "-",
      none: "-",
    });
    expect(second).toMatchObject({ route: "-", status: "404", ms: "-", lambda: "-", error: "Not Found" });
  });

  it("survives a client that leaves before its request is complete", async () => {
    const { url, logs } = await run({ functions: { Fn: echo }, routes: { $default: "Fn" } });
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
      socket.write("PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc", () => socket.destroy());
    });
    await until(() => logs.some((line) => line.includes("failed: Error: aborted")));
    expect((await ask(url, "/")).status).toBe(200);
  });
});

it("refuses a second request that isn't HTTP without falling over", async () => {
  const { url } = await run({ functions: { Fn: echo }, routes: { $default: "Fn" } });
  const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.end("nonsense\r\n\r\n"));
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  expect((await ask(url, "/")).status).toBe(200);
});
