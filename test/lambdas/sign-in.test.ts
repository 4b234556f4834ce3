import { createHook } from "node:async_hooks";
import { scryptSync } from "node:crypto";
import * as z from "zod/mini";
import { isOutdated } from "../../lambdas/shop/passwords";
import { type ShopProcess, shopProcess, type SignedIn } from "../support/shop-process";
import { addressOf, reach, redisModes } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";

let env: DatabaseEnvironment;
let shop: ShopProcess;
beforeAll(async () => {
  env = await migratedDatabase();
  shop = shopProcess(addressOf("single"), env);
});

const isSignedIn = async (token: string, at = shop) => (await at.ask("GET", "/sessions", { token })).status === 200;
const Sessions = z.object({ items: z.array(z.object({ id: z.string(), current: z.boolean() })) });

/** How many passwords are hashed meanwhile, by the same work each. */
async function hashesDuring(work: () => Promise<unknown>): Promise<number> {
  let hashes = 0;
  const hook = createHook({ init: (_id, type) => void (hashes += type === "SCRYPTREQUEST" ? 1 : 0) }).enable();
  await work();
  hook.disable();
  return hashes;
}

describe("signing in", () => {
  it("is answered alike with a wrong password, an unknown e-mail and a user who has no login", async () => {
    const { email, password } = await shop.newcomer();
    const attempts = [
      { email, password: `${password}!` },
      { email: "nobody@example.com", password },
      { email, password: "" },
      { email, password: "x".repeat(1_000) },
    ];
    const answers = await Promise.all(attempts.map((body) => shop.ask("POST", "/sessions", { body })));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({
      status: 401,
      headers: { "www-authenticate": "Bearer" },
      body: { type: "urn:larder:problem:wrong-credentials" },
    });
  });

  it("hashes once with a wrong password, and once with an unknown e-mail", async () => {
    const { email } = await shop.newcomer();
    for (const body of [
      { email, password: "a guess" },
      { email: "nobody@example.com", password: "a guess" },
    ])
      expect(await hashesDuring(() => shop.ask("POST", "/sessions", { body }))).toBe(1);
  });

  it("hashes once to sign up, whether somebody has the e-mail or not", async () => {
    const body = { name: "Ada", email: "ada@example.com", password: "correct horse" };
    for (const status of [201, 409]) {
      const hashes = await hashesDuring(async () =>
        expect((await shop.ask("POST", "/users", { body })).status).toBe(status),
      );
      expect(hashes).toBe(1);
    }
  });

  it("ends the session whose token is sent along, whosever it was", async () => {
    const [one, other] = [await shop.newcomer(), await shop.newcomer()];
    const again = await shop.signIn(one, one.token);
    expect([await isSignedIn(one.token), await isSignedIn(again)]).toEqual([false, true]);
    const instead = await shop.signIn(other, again);
    expect([await isSignedIn(again), await isSignedIn(other.token), await isSignedIn(instead)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("that fails ends no session", async () => {
    const { email, token } = await shop.newcomer();
    await shop.ask("POST", "/sessions", { token, body: { email, password: "a guess" } });
    expect(await isSignedIn(token)).toBe(true);
  });

  it.each([undefined, "a token", "x.y", "Bearer"])("goes well with a token that is none: %s", async (token) => {
    const user = await shop.newcomer();
    expect(await isSignedIn(await shop.signIn(user, token))).toBe(true);
  });

  it("makes anew what was hashed with other parameters, even for two who do it at once", async () => {
    const { id, email, password } = await shop.newcomer();
    const salt = Buffer.alloc(16, 7);
    const old = `$scrypt$ln=12,r=8,p=1$${salt.toString("base64")}$${scryptSync(password, salt, 32, { N: 2 ** 12, r: 8, p: 1 }).toString("base64")}`;
    await shop.database.query(z.object({}), "UPDATE users SET password_hash = $2 WHERE id = $1", [id, old]);
    const elsewhere = shopProcess(addressOf("single"), env);
    const tokens = await Promise.all([shop.signIn({ email, password }), elsewhere.signIn({ email, password })]);
    expect(await Promise.all(tokens.map((token) => isSignedIn(token)))).toEqual([true, true]);
    const row = z.object({ password_hash: z.string() });
    const rows = await shop.database.query(row, "SELECT password_hash FROM users WHERE id = $1", [id]);
    expect(isOutdated(rows[0]!.password_hash)).toBe(false);
    expect(await isSignedIn(await shop.signIn({ email, password }))).toBe(true);
  });

  it("is 503 without Redis, whatever the password is: nobody may guess uncounted", async () => {
    const redis = await ownRedis();
    const own = shopProcess(reach("single", redis.address), env);
    const { email, password } = await own.newcomer();
    await redis.kill();
    expect(await own.ask("POST", "/sessions", { body: { email, password } })).toMatchObject({
      status: 503,
      headers: { "retry-after": "2" },
      body: { type: "urn:larder:problem:limits-unavailable" },
    });
    expect((await own.ask("POST", "/sessions", { body: { email, password: "a guess" } })).status).toBe(503);
  });

  it("with wrong passwords ends after a few tries, for that address and e-mail only", async () => {
    const user = await shop.newcomer();
    const other = await shop.newcomer();
    const attempt = async (email: string, password: string) =>
      (await shop.ask("POST", "/sessions", { body: { email, password } })).status;
    const statuses: number[] = [];
    for (let guess = 0; guess < 7; guess++) statuses.push(await attempt(user.email, `guess number ${guess}`));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(await attempt(user.email, user.password)).toBe(429);
    expect(await attempt(other.email, other.password)).toBe(201);

    const { passwordLimits } = shop.accounts;
    await expect(passwordLimits.admit({ email: user.email, address: "198.51.100.7" })).resolves.toMatchObject({
      allowed: true,
    });
  });

  it("and changing one's password try the same few passwords, together", async () => {
    const { id, email, token, password } = await shop.newcomer();
    const guess = { password: "a new password", currentPassword: "a guess" };
    const statuses: number[] = [];
    for (let times = 0; times < 3; times++) {
      statuses.push((await shop.ask("PATCH", `/users/${id}`, { token, body: guess })).status);
      statuses.push((await shop.ask("POST", "/sessions", { body: { email, password: "a guess" } })).status);
    }
    expect(statuses).toEqual([403, 401, 403, 401, 403, 429]);
    const right = { password: "a new password", currentPassword: password };
    expect((await shop.ask("PATCH", `/users/${id}`, { token, body: right })).status).toBe(429);
    expect((await shop.ask("PATCH", `/users/${id}`, { token, body: { name: "Somebody" } })).status).toBe(200);
  });

  it("lets no more passwords be tried at once than one by one", async () => {
    const { email } = await shop.newcomer();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.ask("POST", "/sessions", { body: { email, password: "a guess" } })),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  });

  it.each(["12345678\0", "\0\0\0\0\0\0\0\0", "1234567\ud800"])(
    "isn't set up with the password %j, which isn't the only one that would do then",
    async (password) => {
      const body = { name: "Ada", email: "nul@example.com", password };
      expect((await shop.ask("POST", "/users", { body })).status).toBe(400);
    },
  );

  it("by who knows the password is forgiven earlier typing errors", async () => {
    const { email, password } = await shop.newcomer();
    for (let round = 0; round < 4; round++) {
      for (let guess = 0; guess < 3; guess++)
        await shop.ask("POST", "/sessions", { body: { email, password: "a guess" } });
      expect((await shop.ask("POST", "/sessions", { body: { email, password } })).status).toBe(201);
    }
  });
});

describe.each(redisModes)("sessions (%s)", (mode) => {
  it("are listed by their ids, the one that asks is marked, and no token is among them", async () => {
    const here = shopProcess(addressOf(mode), env);
    const user = await here.newcomer();
    const tokens = [user.token, await here.signIn(user), await here.signIn(user)];
    const lists = await Promise.all(tokens.map((token) => here.ask("GET", "/sessions", { token })));
    const ids = lists.map(({ body }) => Sessions.parse(body).items.map(({ id }) => id));
    expect(new Set(ids[0]).size).toBe(3);
    expect([ids[1], ids[2]]).toEqual([ids[0], ids[0]]);
    const current = lists.map(({ body }) => Sessions.parse(body).items.filter((session) => session.current));
    expect(new Set(current.map(([session]) => session!.id)).size).toBe(3);
    for (const token of tokens) expect(JSON.stringify(lists)).not.toContain(token);
    expect(lists[0]!.body).toMatchObject({ items: [{ createdAt: expect.stringMatching(/Z$/) }, {}, {}] });
  });

  it("end one by one, and all together", async () => {
    const here = shopProcess(addressOf(mode), env);
    const user = await here.newcomer();
    const bystander = await here.newcomer();
    const tokens = [user.token, await here.signIn(user), await here.signIn(user)];
    const alive = () => Promise.all(tokens.map((token) => isSignedIn(token, here)));
    expect((await here.ask("DELETE", "/sessions/current", { token: tokens[0]! })).status).toBe(204);
    expect(await alive()).toEqual([false, true, true]);
    expect((await here.ask("DELETE", "/sessions/current", { token: tokens[0]! })).status).toBe(401);
    expect((await here.ask("DELETE", "/sessions", { token: tokens[1]! })).status).toBe(204);
    expect([await alive(), await isSignedIn(bystander.token, here)]).toEqual([[false, false, false], true]);
  });
});

describe("sign-ins while a password is changed, again and again", () => {
  it("leave no session that was made by an old one", async () => {
    const admin = await shop.newcomer("admin");
    const processes = [shop, shopProcess(addressOf("single"), env), shopProcess(addressOf("single"), env)];
    const user: SignedIn = await shop.newcomer();
    let password = user.password;
    for (let round = 1; round <= 4; round++) {
      const next = `password number ${round}`;
      const attempts = processes.map((each) =>
        each.ask("POST", "/sessions", { body: { email: user.email, password } }),
      );
      const change = shop.ask("PATCH", `/users/${user.id}`, { token: admin.token, body: { password: next } });
      const answers = await Promise.all(attempts);
      expect((await change).status).toBe(200);
      for (const { status, body } of answers) {
        expect([201, 401, 409]).toContain(status);
        if (status === 201) expect(await isSignedIn(z.object({ token: z.string() }).parse(body).token)).toBe(false);
      }
      password = next;
      await shop.accounts.passwordLimits.rightPassword({ email: user.email, address: "192.0.2.1" }); // enough tries for the next
    }
    expect(await isSignedIn(await shop.signIn({ ...user, password }))).toBe(true);
  });
});
