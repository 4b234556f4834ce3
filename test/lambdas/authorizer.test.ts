import { newSessionSlot } from "@larder/toolkit";
import { authorize } from "../../lambdas/authorizer/authorize";
import { Edge } from "../../lambdas/platform/edge";
import { bearerToken } from "../../lambdas/platform/bearer-token";
import { openSessions } from "../../lambdas/platform/sessions";
import { newSessionData, readSessionData } from "../../lambdas/shop/session-data";
import { addressOf, connected, reach, redisModes } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { writtenMeanwhile } from "../support/written-meanwhile";

const noEdge = new Edge({});
const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

async function signedIn(redis: ReturnType<typeof connected>) {
  const sessions = openSessions(redis, readSessionData);
  const signIn = await sessions.begin({ userId: "7", slot: newSessionSlot() });
  const created = await sessions.create(signIn, newSessionData("admin"));
  return { sessions, ...created! };
}

describe.each(redisModes)("the authorizer on Redis (%s)", (mode) => {
  it("says who is signed in, and lets every request pass with what it finds", async () => {
    const { sessions, token, session } = await signedIn(connected(addressOf(mode)));
    expect(await authorize(withToken(token), sessions, noEdge)).toEqual({
      isAuthorized: true,
      context: { state: "signed-in", userId: "7", role: "admin", sessionId: session.id },
    });
  });

  it("finds nobody signed in by a token that is unknown or has ended", async () => {
    const { sessions, token } = await signedIn(connected(addressOf(mode)));
    await sessions.destroy(token);
    for (const each of [token, token.slice(1), "x"])
      expect(await authorize(withToken(each), sessions, noEdge)).toEqual({
        isAuthorized: true,
        context: { state: "signed-out" },
      });
  });

  it("finds nobody signed in by a session that this release can't read", async () => {
    const redis = connected(addressOf(mode));
    const { token } = await signedIn(redis);
    const later = openSessions(redis, (json) => readSessionData({ ...(json as object), version: 2 }));
    expect((await authorize(withToken(token), later, noEdge)).context).toEqual({ state: "signed-out" });
  });
});

describe("without Redis", () => {
  it.each(["killed", "frozen"])(
    "says that sessions are unavailable when it is %s, and logs why, but no token",
    async (fault) => {
      const server = await ownRedis();
      const { sessions, token } = await signedIn(connected(reach("single", server.address)));
      if (fault === "killed") await server.kill();
      else server.freeze();
      const logged = await writtenMeanwhile(async () => {
        for (let calls = 0; calls < 3; calls++)
          expect((await authorize(withToken(token), sessions, noEdge)).context).toEqual({ state: "unavailable" });
        expect((await authorize({ headers: {} }, sessions, noEdge)).context).toEqual({ state: "signed-out" });
      });
      expect(logged).toContain("redis gave no answer about a session");
      expect(logged).not.toContain(token);
    },
  );
});

describe("a bearer token", () => {
  it.each([
    ["Bearer abc", "abc"],
    ["bearer  a.b-c_d~e+f/g==", "a.b-c_d~e+f/g=="],
    ["Bearer", undefined],
    ["Bearer a b", undefined],
    ["Bearer a,Bearer b", undefined],
    ["Basic abc", undefined],
    ["abc", undefined],
    ["", undefined],
  ])("is read from %j", (authorization, token) => {
    expect(bearerToken({ authorization })).toBe(token);
  });

  it("is none where there is no header", () => {
    expect(bearerToken({})).toBeUndefined();
    expect(bearerToken(undefined)).toBeUndefined();
  });
});
