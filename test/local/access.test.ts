/** Who gets in, end to end: API Gateway's part, the authorizer and the functions, on a real Redis that then breaks. */
import fc from "fast-check";
import { type ApiRoute, apiRoutes } from "../../lambdas/contract/routes";
import { openSessions } from "../../lambdas/platform/sessions";
import { newSessionData, readSessionData } from "../../lambdas/shop/session-data";
import { newSessionSlot } from "@larder/toolkit";
import { type FilmShop, startFilmShop } from "../support/film-shop";
import { connected, reach } from "../support/redis-clients";
import { until } from "../support/until";

let shop: FilmShop;

beforeAll(async () => {
  shop = await startFilmShop();
}, 120_000);

function sessions() {
  return openSessions(connected(reach("single", shop.redis.address)), readSessionData);
}

async function signIn(role: "user" | "admin" | "service", userId = "1") {
  const store = sessions();
  const signIn = await store.begin({ userId, slot: newSessionSlot() });
  const { token } = (await store.create(signIn, newSessionData(role)))!;
  return { token, signOut: () => store.destroy(token) };
}

async function call({ method, path }: Pick<ApiRoute, "method" | "path">, headers: Record<string, string> = {}) {
  const answer = await fetch(shop.url + path.replace(/\{\w+\}/g, "1"), { method, headers });
  const body: unknown = await answer.json();
  return { status: answer.status, headers: answer.headers, body };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const cart = { method: "GET", path: "/cart" } as const;
const protectedRoutes = apiRoutes.filter(({ access }) => access !== "public");

it("lets in who is signed in, until they sign out, and not a request longer", async () => {
  const { token, signOut } = await signIn("user");
  expect(await call(cart, bearer(token))).toMatchObject({ status: 200, body: { items: [] } });
  expect(await call(cart, { authorization: `bearer  ${token}` })).toMatchObject({ status: 200 });
  await signOut();
  expect(await call(cart, bearer(token))).toMatchObject({
    status: 401,
    body: { type: "urn:larder:problem:not-signed-in" },
  });
});

it("answers 403 to another role than the route's", async () => {
  const { token } = await signIn("service");
  expect(await call(cart, bearer(token))).toMatchObject({
    status: 403,
    body: { type: "urn:larder:problem:not-allowed" },
  });
});

it("lets pages of its origins call it and read its refusals", async () => {
  const origin = "http://localhost:5173";
  const refused = await call(cart, { origin });
  expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([401, origin]);
  expect(refused.headers.get("access-control-expose-headers")).toContain("www-authenticate");

  const asks = { "access-control-request-method": "GET", "access-control-request-headers": "authorization" };
  const asked = await fetch(`${shop.url}/cart`, { method: "OPTIONS", headers: { origin, ...asks } });
  expect([asked.status, asked.headers.get("access-control-allow-headers")]).toEqual([
    204,
    "authorization,content-type,idempotency-key",
  ]);
});

it("lets nobody in by a thousand wrong tokens, on any route, and fails at none", async () => {
  const { token: ended, signOut } = await signIn("admin");
  await signOut();
  const { token: good } = await signIn("admin");
  const changed = fc
    .nat(good.length - 1)
    .map((at) => good.slice(0, at) + (good[at] === "A" ? "B" : "A") + good.slice(at + 1));
  const headerText = fc.string({ maxLength: 80 }).map((text) => text.replace(/[^\x21-\x7e]/g, ""));
  const authorization = fc.oneof(
    fc.constantFrom(undefined, "", "Bearer", "Bearer ", "Basic YTpi", good, `Token ${good}`, `Bearer ${good} ${good}`),
    fc.constantFrom(
      `Bearer ${good},Bearer ${good}`,
      `Bearer ${ended}`,
      `Bearer ${good.slice(0, -1)}`,
      `Bearer ${good}A`,
    ),
    changed.map((token) => `Bearer ${token}`),
    headerText.map((text) => `Bearer ${text}`),
    headerText,
  );
  const others = fc.dictionary(
    fc.constantFrom("cookie", "x-user-id", "x-authorizer", "x-forwarded-user"),
    fc.constant(good),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...apiRoutes), authorization, others, async (route, value, headers) => {
      const { status } = await call(route, { ...headers, ...(value !== undefined && { authorization: value }) });
      if (route.access === "public") expect(status).toBeLessThan(500);
      else expect([401, 429]).toContain(status); // so many are soon not listened to
    }),
    { numRuns: 1_000 },
  );
  await until("the address may ask again", async () => (await call(cart, bearer(good))).status === 200);
}, 120_000);

it.each(["killed", "frozen"])(
  "closes every route that isn't public while Redis is %s, and opens again by itself",
  async (fault) => {
    const { token } = await signIn("user");
    await until("the user is let in", async () => (await call(cart, bearer(token))).status === 200);
    if (fault === "killed") await shop.redis.kill();
    else shop.redis.freeze();

    for (const route of protectedRoutes)
      expect(await call(route, bearer(token))).toMatchObject({
        status: 503,
        body: { type: "urn:larder:problem:sessions-unavailable" },
      });
    expect((await call(cart)).status).toBe(401);
    expect((await call({ method: "GET", path: "/movies/1" })).status).toBe(200);

    if (fault === "killed") await shop.redis.restart();
    else shop.redis.thaw();
    // A Redis that was killed has forgotten its sessions: everybody is signed out.
    await until("the sessions can be read", async () => (await call(cart, bearer(token))).status !== 503);
  },
);

it("writes no token into any log", async () => {
  const { token } = await signIn("user");
  await call(cart, bearer(token));
  await until("the request is logged", () => Promise.resolve(shop.log.some((line) => line.includes("GET /cart"))));
  expect(shop.log.filter((line) => /bearer/i.test(line) || line.includes(token))).toEqual([]);
});
