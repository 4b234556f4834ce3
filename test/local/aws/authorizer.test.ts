import { ask, run, until } from "./assembly-fixture";

const echo = { code: "exports.handler = async (event) => event" };
const answering = (answer: unknown) => ({
  code: `exports.handler = async () => { console.log("asked"); return ${JSON.stringify(answer)}; }`,
});
const telling = { code: "exports.handler = async (context) => ({ isAuthorized: true, context: { event: context } })" };
const routes = { "GET /films/{id}": "Echo" };

describe("what an authorizer is told", () => {
  it("is the request in format 2.0 without its body, and what is asked for", async () => {
    const { url } = await run({
      functions: { Echo: echo, Auth: telling },
      routes: { "POST /films/{id}": "Echo" },
      authorizedBy: "Auth",
      authorizer: { IdentitySource: ["$request.header.Authorization", "$request.querystring.key"] },
    });
    const answer = await ask(url, "/films/a%20b?key=1", {
      method: "POST",
      headers: ["Authorization", "Bearer abc", "Cookie", "a=1; b=2", "Content-Type", "text/plain"],
      body: "secret",
    });
    const event = answer.json().requestContext.authorizer.lambda.event;
    expect(event).toEqual({
      version: "2.0",
      type: "REQUEST",
      routeArn: "arn:aws:execute-api:eu-west-1:000000000000:api/$default/POST/films/a b",
      identitySource: ["Bearer abc", "1"],
      routeKey: "POST /films/{id}",
      rawPath: "/films/a b",
      rawQueryString: "key=1",
      cookies: ["a=1", "b=2"],
      headers: expect.objectContaining({ authorization: "Bearer abc" }) as object,
      queryStringParameters: { key: "1" },
      requestContext: expect.objectContaining({ routeKey: "POST /films/{id}", stage: "$default" }) as object,
      pathParameters: { id: "a b" },
    });
    expect(answer.json()).toMatchObject({
      body: "secret",
      requestContext: { requestId: event.requestContext.requestId },
    });
  });
});

describe("what an authorizer answers", () => {
  it("reaches the function as the authorizer's context, whatever the client sends of that name", async () => {
    const context = { userId: "7", number: 1, flag: true, list: ["a"], map: { b: "c" } };
    const { url } = await run({
      functions: { Echo: echo, Auth: answering({ isAuthorized: true, context }) },
      routes,
      authorizedBy: "Auth",
    });
    const headers = ["authorizer", "x", "requestContext", '{"authorizer":{"lambda":{"userId":"1"}}}'];
    expect((await ask(url, "/films/1", { headers })).json().requestContext.authorizer).toEqual({ lambda: context });
  });

  it("is null to the function where it holds no context", async () => {
    const Auth = answering({ isAuthorized: true });
    const { url } = await run({ functions: { Echo: echo, Auth }, routes, authorizedBy: "Auth" });
    expect((await ask(url, "/films/1")).json().requestContext.authorizer).toEqual({ lambda: null });
  });

  it("is asked for anew with each request", async () => {
    const Auth = answering({ isAuthorized: true });
    const { url, logs } = await run({ functions: { Echo: echo, Auth }, routes, authorizedBy: "Auth" });
    const headers = ["authorization", "Bearer abc"];
    await ask(url, "/films/1", { headers });
    await ask(url, "/films/1", { headers });
    await until(() => logs.filter((line) => line === "Auth: asked").length === 2);
  });

  it.each([
    ["says no", answering({ isAuthorized: false }), 403, "Forbidden"],
    ["says neither yes nor no", answering({ isAuthorized: "yes" }), 500, "Internal Server Error"],
    ["answers a policy", answering({ policyDocument: {} }), 500, "Internal Server Error"],
    ["throws", { code: "exports.handler = async () => { throw new Error('no') }" }, 500, "Internal Server Error"],
    ["crashes", { code: "exports.handler = async () => process.exit(1)" }, 500, "Internal Server Error"],
  ])("lets nobody pass where it %s", async (_, Auth, status, message) => {
    const Fn = { code: "exports.handler = async () => console.log('called')" };
    const { url, logs } = await run({ functions: { Fn, Auth }, routes: { "GET /": "Fn" }, authorizedBy: "Auth" });
    const answer = await ask(url, "/");
    expect([answer.status, answer.body]).toEqual([status, JSON.stringify({ message })]);
    expect(logs).not.toContain("Fn: called");
  });
});

it("answers 401 itself, and asks no authorizer, where an identity source is missing or empty", async () => {
  const { url, logs } = await run({
    functions: { Echo: echo, Auth: answering({ isAuthorized: true }) },
    routes,
    authorizedBy: "Auth",
    authorizer: { IdentitySource: ["$request.header.Authorization"] },
  });
  for (const headers of [[], ["authorization", ""]]) {
    const answer = await ask(url, "/films/1", { headers });
    expect([answer.status, answer.body]).toEqual([401, '{"message":"Unauthorized"}']);
  }
  expect(logs).not.toContain("Auth: asked");
  expect((await ask(url, "/films/1", { headers: ["Authorization", "x"] })).status).toBe(200);
});

const playsNot = (reason: string) =>
  `aws: not played on this machine: authorizer of GET /films/{id}, which lets nobody in here: its ${reason}`;

it.each([
  ["keeps answers", { AuthorizerResultTtlInSeconds: 300 }, "AuthorizerResultTtlInSeconds"],
  ["answers policies", { EnableSimpleResponses: false }, "EnableSimpleResponses"],
  ["reads tokens", { AuthorizerType: "JWT" }, "AuthorizerType"],
  ["reads the context", { IdentitySource: ["$context.stage"] }, "IdentitySource $context.stage"],
])(
  "lets nobody in where the authorizer %s, which isn't played, and says so at start",
  async (_, authorizer, reason) => {
    const Auth = answering({ isAuthorized: true });
    const all = { ...routes, $default: "Echo" };
    const { url, logs } = await run({ functions: { Echo: echo, Auth }, routes: all, authorizedBy: "Auth", authorizer });
    expect(logs).toContain(playsNot(reason));
    expect((await ask(url, "/films/1")).status).toBe(500);
    expect(logs).not.toContain("Auth: asked");
  },
);

it("lets nobody in where AWS would want a signature, and says so at start", async () => {
  const Target = { "Fn::Join": ["", ["integrations/", { Ref: "EchoIntegration" }]] };
  const Signed = {
    Type: "AWS::ApiGatewayV2::Route",
    Properties: { RouteKey: "GET /films/{id}", Target, AuthorizationType: "AWS_IAM" },
  };
  const { url, logs } = await run({ functions: { Echo: echo }, routes: { $default: "Echo" }, resources: { Signed } });
  expect(logs).toEqual([playsNot("AWS_IAM")]);
  expect((await ask(url, "/films/1")).status).toBe(500);
  expect((await ask(url, "/other")).status).toBe(200);
});

it("writes what the authorizer found, or why it failed, into the access log", async () => {
  const Format = '{"user":"$context.authorizer.userId","error":"$context.authorizer.error","status":"$context.status"}';
  const code = `exports.handler = async ({ rawPath }) => {
    if (rawPath === "/films/2") throw new Error("broken");
    return { isAuthorized: true, context: { userId: 7 } };
  }`;
  const { url, logs } = await run({
    functions: { Echo: echo, Auth: { code } },
    routes,
    authorizedBy: "Auth",
    stage: { AccessLogSettings: { Format } },
  });
  const lines = () =>
    logs.filter((line) => line.startsWith("api: ")).map((line) => JSON.parse(line.replace("api: ", "")));
  await ask(url, "/films/1");
  await ask(url, "/films/2");
  await until(() => lines().length === 2);
  expect(lines()).toEqual([
    { user: "7", error: "-", status: "200" },
    { user: "-", error: "broken", status: "500" },
  ]);
});
