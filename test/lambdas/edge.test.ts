import { createHash } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import { authorize } from "../../lambdas/authorizer/authorize";
import { edgeEnv } from "../../lambdas/contract/environment";
import { callerAddress } from "../../lambdas/platform/caller-address";
import { Edge } from "../../lambdas/platform/edge";
import { httpFunction } from "../../lambdas/platform/http-function";
import type { Limits } from "../../lambdas/platform/limits";
import { answerOf, httpEvent, invoke, lambdaContext } from "../support/invoke";
import { expectProblem } from "../support/problem";
import { writtenMeanwhile } from "../support/written-meanwhile";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const key = "k".repeat(64);
const keyBefore = "b".repeat(64);
const hashes = `${sha256(key)},${sha256(keyBefore)}`;
const cloudFront = "64.252.64.1";
const viewer = "198.51.100.7";

function sentBy(sourceIp: string, headers: Record<string, string>): APIGatewayProxyEventV2 {
  const event = httpEvent("GET", "/movies", { headers });
  event.requestContext.http.sourceIp = sourceIp;
  return event;
}

/** What nobody but CloudFront could send, and what those try who aren't it. */
const hostile: [string, Record<string, string>][] = [
  ["no key", {}],
  ["an empty key", { "larder-edge-key": "" }],
  ["another key", { "larder-edge-key": "x".repeat(64) }],
  ["the key's hash", { "larder-edge-key": sha256(key) }],
  ["all the hashes", { "larder-edge-key": hashes }],
  ["the key and another, as a header that is sent twice arrives", { "larder-edge-key": `${key},x` }],
  ["a part of the key", { "larder-edge-key": key.slice(1) }],
  ["the key under another name", { "x-larder-edge-key": key }],
];

describe("a request that comes through CloudFront", () => {
  const edge = new Edge({ EDGE_KEY_HASHES: hashes, DIRECT_CALLS: "refused" });
  const through = (address: string, accepted = key, headers: Record<string, string> = {}) =>
    sentBy(cloudFront, { ...headers, "larder-edge-key": accepted, "larder-viewer-address": address });

  it.each([key, keyBefore])("is let in by the present key, and by the one before", (accepted) => {
    expect(edge.refuses(through(viewer, accepted))).toBe(false);
  });

  it.each([
    [viewer, viewer],
    ["2001:db8:1:2:3::4", "2001:db8:1:2::/64"],
  ])("from %s is counted as %s", (address, counted) => {
    expect(callerAddress(edge.received(through(address)))).toBe(counted);
  });

  it("is counted by what CloudFront has seen, whatever its caller says of other hops", () => {
    const lies = { "x-forwarded-for": "203.0.113.9", "cloudfront-viewer-address": "203.0.113.9:1", forwarded: "for=9" };
    expect(callerAddress(edge.received(through(viewer, key, lies)))).toBe(viewer);
  });

  it.each(["", "unknown", "198.51.100.7, 203.0.113.9", "198.51.100.7:443"])(
    "is counted by CloudFront's own address where it tells none: %j",
    (address) => expect(callerAddress(edge.received(through(address)))).toBe(cloudFront),
  );

  it("goes on without the key and the headers of CloudFront", () => {
    const event = through(viewer, key, { accept: "*/*" });
    expect(edge.received(event).headers).toEqual({ host: "api.example.com", accept: "*/*" });
    expect(event.requestContext.http.sourceIp).toBe(cloudFront); // the gateway's event stays as it was
  });
});

describe("a request that doesn't", () => {
  const forged = { "larder-viewer-address": "203.0.113.9" };

  it.each(hostile)("is refused, where it must, with %s", (_what, headers) => {
    expect(new Edge({ EDGE_KEY_HASHES: hashes, DIRECT_CALLS: "refused" }).refuses({ headers })).toBe(true);
  });

  it.each(hostile)("is answered, where it may, and counted by the address it comes from, with %s", (_what, headers) => {
    const edge = new Edge({ EDGE_KEY_HASHES: hashes, DIRECT_CALLS: "answered" });
    const event = sentBy(viewer, { ...headers, ...forged });
    expect(edge.refuses(event)).toBe(false);
    expect(callerAddress(edge.received(event))).toBe(viewer);
    expect(Object.keys(edge.received(event).headers)).not.toContain("larder-viewer-address");
  });

  it("can't say where it comes from in a stage that has no CloudFront", () => {
    const edge = new Edge({});
    for (const headers of [
      forged,
      { ...forged, "larder-edge-key": "" },
      { ...forged, "larder-edge-key": sha256("") },
    ]) {
      expect(edge.refuses({ headers })).toBe(false);
      expect(callerAddress(edge.received(sentBy(viewer, headers)))).toBe(viewer);
    }
  });

  it("is refused also where no key is known", () => {
    expect(new Edge({ DIRECT_CALLS: "refused" }).refuses({ headers: { "larder-edge-key": key } })).toBe(true);
  });

  it("has no session looked up", async () => {
    const edge = new Edge({ EDGE_KEY_HASHES: hashes, DIRECT_CALLS: "refused" });
    const read = jest.fn();
    const event = { headers: { authorization: `Bearer ${"t".repeat(43)}` } };
    expect(await authorize(event, { read }, edge)).toEqual({ isAuthorized: true, context: { state: "signed-out" } });
    expect(read).not.toHaveBeenCalled();
  });
});

it.each(["", "abc", hashes.toUpperCase(), `${hashes},`, "not-on-this-machine:x"])(
  "%j is no list of hashes",
  (EDGE_KEY_HASHES) => expect(z.object(edgeEnv).safeParse({ EDGE_KEY_HASHES }).success).toBe(false),
);

describe("a function behind CloudFront", () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
    jest.resetModules();
  });

  function functionWith(environment: Record<string, string>) {
    Object.assign(process.env, environment);
    const counted: string[] = [];
    const seen: unknown[] = [];
    const limits = {
      admit: (_access: unknown, address: string) => {
        counted.push(address);
        return Promise.resolve({ allowed: true, degraded: true });
      },
    } as unknown as Limits;
    const handler = httpFunction({
      env: z.object({}),
      services: () => undefined,
      routes: (app) => {
        app.get("/movies", ({ event, req }) => {
          seen.push(event, [...req.headers]);
          return { address: callerAddress(event) };
        });
      },
      limits: () => limits,
    });
    return { handler, counted, seen };
  }

  it("counts and shows endpoints the caller's address, and shows them no key", async () => {
    const { handler, counted, seen } = functionWith({ EDGE_KEY_HASHES: hashes, DIRECT_CALLS: "refused" });
    const event = sentBy(cloudFront, { "larder-edge-key": key, "larder-viewer-address": viewer });
    const logged = await writtenMeanwhile(async () => {
      expect(answerOf(await handler(event, lambdaContext()))).toMatchObject({ status: 200, body: { address: viewer } });
    });
    expect(counted).toEqual([viewer]);
    expect(JSON.stringify(seen) + logged).not.toContain(key);
  });

  it("answers 403 to who comes past it, counts nothing and runs no endpoint", async () => {
    const { handler, counted, seen } = functionWith({ EDGE_KEY_HASHES: hashes, DIRECT_CALLS: "refused" });
    for (const [, headers] of hostile) {
      const answer = await invoke(handler, "GET", "/movies", { headers });
      expect(answer.status).toBe(403);
      expectProblem(answer);
    }
    expect([counted, seen]).toEqual([[], []]);
  });

  it("answers so for what matches no route, too, and to preflights", async () => {
    Object.assign(process.env, { EDGE_KEY_HASHES: hashes, DIRECT_CALLS: "refused" });
    jest.resetModules();
    const { handler } = await import("../../lambdas/unmatched/handler");
    for (const [method, path, status] of [
      ["GET", "/nothing", 404],
      ["OPTIONS", "/movies", 204],
    ] as const) {
      const refused = await invoke(handler, method, path);
      expect(refused.status).toBe(403);
      expectProblem(refused);
      expect((await invoke(handler, method, path, { headers: { "larder-edge-key": key } })).status).toBe(status);
    }
  });
});
