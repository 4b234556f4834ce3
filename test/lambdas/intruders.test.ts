/** A thousand generated requests: nobody changes or sees what isn't theirs, and nothing fails. */
import fc from "fast-check";
import * as z from "zod/mini";
import { apiRoutes } from "../../lambdas/contract/routes";
import type { Identity, Role } from "../../lambdas/contract/identity";
import { newSessionData } from "../../lambdas/shop/session-data";
import { loginById } from "../../lambdas/shop/users";
import { sessionSlot } from "../../toolkit/redis/keys";
import { administer } from "../support/administer";
import { httpEvent } from "../support/invoke";
import { addressOf } from "../support/redis-clients";
import { servers } from "../support/servers";
import { type ShopProcess, shopProcess, type SignedIn } from "../support/shop-process";
import { migratedDatabase } from "../support/shop-database";
import { expectProblem } from "../support/problem";

interface Actor extends SignedIn {
  readonly role: Role;
}

let shop: ShopProcess;
/** The user and the administrator act, and so does the service; nobody ever sends the victim's token. */
let actors: Record<"user" | "admin" | "service" | "victim", Actor>;
/** Tokens that were good once. */
let ended: {
  readonly expired: string;
  readonly signedOut: string;
  readonly replaced: string;
  readonly deleted: string;
};

beforeAll(async () => {
  shop = shopProcess(addressOf("single"), await migratedDatabase());
  const actor = async (role: Role) => ({ ...(await shop.newcomer(role)), role });
  actors = {
    user: await actor("user"),
    admin: await actor("admin"),
    service: await actor("service"),
    victim: await actor("user"),
  };
  await shop.ask("PUT", "/cart/items/1", { ...actors.victim, body: { quantity: 7 } });

  const [signedOut, replaced, deleted] = [
    await session(actors.admin),
    await session(actors.admin),
    await shop.newcomer("user"),
  ];
  await shop.ask("DELETE", "/sessions/current", { token: signedOut });
  await shop.signIn(actors.admin, replaced);
  await shop.ask("DELETE", `/users/${deleted.id}`, deleted);
  ended = { signedOut, replaced, deleted: deleted.token, expired: await expired(actors.admin) };
}, 60_000);

/** One more session, without a password's hash: that would take most of the time. */
async function session({ id, role }: Pick<Actor, "id" | "role">): Promise<string> {
  const { owner } = (await loginById(shop.database, id))!;
  return (await shop.sessions.create(await shop.sessions.begin(owner), newSessionData(role)))!.token;
}

/** A session that has been idle for a month: its record says so. */
async function expired(actor: Actor): Promise<string> {
  const token = await session(actor);
  const { id } = (await shop.sessions.read(token))!;
  const key = sessionSlot(token.split(".")[0]!).sessions;
  await administer(servers().redis, async (client) => {
    const record = (await client.hget(key, id))!;
    const monthAgo = (ms: string) => String(Number(ms) - 31 * 24 * 3_600_000);
    await client.hset(
      key,
      id,
      record.replace(/^\d+ \d+/, (times) => times.split(" ").map(monthAgo).join(" ")),
    );
  });
  return token;
}

/** All there is to see or to change that belongs to somebody, apart for each owner. */
async function belongings() {
  const row = z.object({ digest: z.nullable(z.string()) });
  const films = "SELECT md5(string_agg(movies::text, ',' ORDER BY id)) AS digest FROM movies";
  const user = "SELECT users::text AS digest FROM users WHERE id = $1";
  const [catalog] = await shop.database.query(row, films, []);
  const owned = Object.entries(actors).map(async ([name, { id, token }]) => {
    const [profile] = await shop.database.query(row, user, [id]);
    return [name, JSON.stringify([profile, (await shop.sessions.read(token))?.data])] as const;
  });
  return new Map([["catalog", catalog?.digest], ...(await Promise.all(owned))]);
}

const ids = fc.constantFrom(
  "user",
  "user",
  "admin",
  "service",
  "victim",
  "victim",
  "999999",
  "0",
  "me",
  "..",
  "%2e%2e",
  "%20",
  "%0a",
  "%c2%a0",
  "1;--",
);
const films = fc.constantFrom("1", "1", "2", "2", "99999", "one", "%00", "%20", "../users/1");
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "x", "a long enough password", "'; DROP TABLE users; --"),
);
const fields = {
  title: text,
  genre: fc.oneof(text, fc.constant(null)),
  name: text,
  email: fc.oneof(text, fc.constant("nobody@example.com")),
  password: text,
  currentPassword: text,
  role: fc.constantFrom("user", "admin", "service", "root"),
  quantity: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1, 2)),
  id: fc.integer(),
};
const body = fc.oneof(
  fc.record(fields, { requiredKeys: [] }),
  fc.constant({ title: "Another title" }),
  fc.constant({ name: "Another name" }),
  fc.constant({ role: "admin" }),
  fc.constant({ quantity: 3 }),
  fc.constant({ email: "nobody@example.com", password: "a guess", name: "Nobody" }),
  fc.jsonValue(),
  fc.constant(undefined),
);
const forged = fc.dictionary(
  fc.constantFrom("x-user-id", "x-role", "cookie", "x-amzn-lambda-authorizer", "x-forwarded-user"),
  fc.constantFrom("1", "admin", '{"state":"signed-in","role":"admin","userId":"1"}'),
);
type Credentials = "none" | keyof typeof ended | Role | { readonly wrong: string } | { readonly changedAt: number };
const credentials: fc.Arbitrary<Credentials> = fc.oneof(
  fc.constantFrom("none", "expired", "signedOut", "replaced", "deleted"),
  { arbitrary: fc.constantFrom("user", "admin", "service"), weight: 4 },
  fc.record({ wrong: fc.oneof(fc.string(), fc.base64String({ minLength: 60, maxLength: 60 })) }),
  fc.record({ changedAt: fc.nat(58) }),
);
const request = fc.record({
  route: fc.oneof(
    fc.constantFrom(...apiRoutes),
    fc.record({
      method: fc.constantFrom("POST", "PUT", "HEAD"),
      path: fc.constantFrom("/", "/users", "/cart", "/sessions/x"),
    }),
  ),
  id: ids,
  film: films,
  body,
  forged,
  credentials,
});

function tokenOf(which: Credentials): string | undefined {
  if (which === "none") return undefined;
  if (typeof which === "string") return actorNamed(which)?.token ?? new Map(Object.entries(ended)).get(which);
  if ("wrong" in which) return which.wrong.replace(/[^\x21-\x7e]/g, "");
  const { token } = actors.victim;
  const other = token[which.changedAt] === "A" ? "B" : "A";
  return token.slice(0, which.changedAt) + other + token.slice(which.changedAt + 1);
}

function actorNamed(name: unknown): Actor | undefined {
  return new Map<unknown, Actor>(Object.entries(actors)).get(name);
}

it("a thousand requests with wrong, missing, foreign and expired tokens let nobody in where they don't belong", async () => {
  let admitted = 0;
  await fc.assert(
    fc.asyncProperty(request, async ({ route, id, film, body: sent, forged: headers, credentials: which }) => {
      const before = await belongings();
      const actor = actorNamed(which);
      const target = route.path
        .replace("{id}", route.path.startsWith("/users") ? (actorNamed(id)?.id ?? id) : film)
        .replace("{movieId}", film)
        .replace("{policy}", "exports")
        .replace("{name}", route.path.startsWith("/admin") ? "orders" : "a lock")
        .replace("{subject}", "customer");
      const answer = await shop.ask(route.method, target, { token: tokenOf(which), headers, body: sent });

      if (answer.status >= 300) expectProblem(answer);
      expect(answer.status).toBeLessThan(500);
      const reached = httpEvent(route.method, target).routeKey === `${route.method} ${route.path}`;
      if (reached && "access" in route && route.access !== "public") {
        if (actor === undefined) expect(answer.status).toBe(401);
        else if (!route.access.includes(actor.role)) expect(answer.status).toBe(403);
        else if (answer.status < 300) admitted++;
      }
      if (actor?.role !== "admin") {
        const after = await belongings();
        for (const [owner, was] of before) if (owner !== which) expect([owner, after.get(owner)]).toEqual([owner, was]);
        for (const [owner, { email }] of Object.entries(actors))
          if (owner !== which) expect(JSON.stringify(answer.body ?? null)).not.toContain(email);
      }
      await restore();
    }),
    { numRuns: 1_000, endOnFailure: true },
  );
  expect(admitted).toBeGreaterThan(10); // or the requests proved nothing
}, 300_000);

/** Who has been signed out, deleted or given another role is made anew, so that the next request can be judged. */
async function restore(): Promise<void> {
  for (const name of ["user", "admin", "service", "victim"] as const) {
    const actor = actors[name];
    const identity: Pick<Identity, "userId"> | undefined = await shop.sessions.read(actor.token);
    const found = await loginById(shop.database, actor.id);
    if (identity !== undefined && found?.user.role === actor.role) continue;
    if (found === undefined) {
      const { id, email, password, token } = await shop.newcomer(actor.role);
      actors[name] = { id, email, password, token, role: actor.role };
    } else {
      await shop.database.query(z.object({}), "UPDATE users SET role = $2 WHERE id = $1", [actor.id, actor.role]);
      actors[name] = { ...actor, token: await session(actor) };
    }
  }
}
