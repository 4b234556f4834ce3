import * as z from "zod/mini";
import { roles } from "../../lambdas/contract/identity";
import { User } from "../../lambdas/contract/users";
import { owed } from "./outbox/outbox-processes";
import { type ShopProcess, shopProcess, type SignedIn } from "../support/shop-process";
import { addressOf, reach } from "../support/redis-clients";
import { ownRedis } from "../support/servers";
import { type DatabaseEnvironment, migratedDatabase } from "../support/shop-database";

let env: DatabaseEnvironment;
let shop: ShopProcess;
let elsewhere: ShopProcess;
let admin: SignedIn;
beforeAll(async () => {
  env = await migratedDatabase();
  [shop, elsewhere] = [shopProcess(addressOf("single"), env), shopProcess(addressOf("single"), env)];
  admin = await shop.newcomer("admin");
});

const isSignedIn = async (token: string) => (await shop.ask("GET", "/sessions", { token })).status === 200;

describe("signing up", () => {
  const login = { name: "Ada", email: " Ada.Byron@Example.com ", password: "correct horse" };

  it("makes a user of the plainest role, who can sign in with any spelling of the e-mail", async () => {
    const signedUp = await shop.ask("POST", "/users", { body: login });
    const { id } = User.parse(signedUp.body);
    expect(signedUp).toMatchObject({
      status: 201,
      headers: { location: `/users/${id}` },
      body: { id, name: "Ada", email: "ada.byron@example.com", role: "user" },
    });
    const signedIn = await shop.ask("POST", "/sessions", {
      body: { ...login, name: undefined, email: "ADA.byron@example.com" },
    });
    expect([signedIn.status, signedIn.body]).toEqual([
      201,
      { token: expect.any(String), expiresAt: expect.stringMatching(/^20\d\d-/), user: signedUp.body },
    ]);
  });

  it("is 409 with an e-mail that somebody has, even when two try at once", async () => {
    const body = { name: "Twin", email: "twin@example.com", password: "correct horse" };
    const answers = await Promise.all([
      shop.ask("POST", "/users", { body }),
      elsewhere.ask("POST", "/users", { body: { ...body, email: "TWIN@example.com" } }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it("lets the new user be seen where it was just said that there is none", async () => {
    const rows = await shop.database.query(z.object({ next: z.int() }), "SELECT max(id) + 1 AS next FROM users", []);
    const path = `/users/${rows[0]!.next}`;
    expect((await elsewhere.ask("GET", path, admin)).status).toBe(404);
    const { id } = await shop.newcomer();
    expect((await elsewhere.ask("GET", `/users/${id}`, admin)).status).toBe(200);
  });

  it.each([
    [{ ...login, password: "seven77" }, "body.password"],
    [{ ...login, password: "x".repeat(129) }, "body.password"],
    [{ ...login, email: "ada" }, "body.email"],
    [{ ...login, email: `${"a".repeat(250)}@example.com` }, "body.email"],
    [{ ...login, name: " " }, "body.name"],
    [{ ...login, role: "admin" }, "body"],
  ])("is refused with %j, and the answer says where but not with what", async (body, path) => {
    const answer = await shop.ask("POST", "/users", { body });
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.objectContaining({ errors: [expect.objectContaining({ path })] }),
    ]);
    expect(JSON.stringify(answer.body)).not.toContain(body.password);
  });
});

describe("a user", () => {
  it("sees and changes themselves, and every process sees the change", async () => {
    const { id, token } = await shop.newcomer();
    const path = `/users/${id}`;
    expect(await elsewhere.ask("GET", path, { token })).toMatchObject({ status: 200, body: { name: "A newcomer" } });
    const changed = await shop.ask("PATCH", path, { token, body: { name: "Renamed" } });
    expect(changed).toMatchObject({ status: 200, body: { id: Number(id), name: "Renamed", role: "user" } });
    expect((await elsewhere.ask("GET", path, { token })).body).toEqual(changed.body);
    expect(await owed(shop.database)).toEqual([]);
  });

  it("is 403 with anybody else, whether there is such a user or not, and nothing happens to them", async () => {
    const [{ token }, other] = [await shop.newcomer(), await shop.newcomer()];
    for (const id of [other.id, admin.id, "999999"]) {
      const answers = await Promise.all([
        shop.ask("GET", `/users/${id}`, { token }),
        shop.ask("PATCH", `/users/${id}`, { token, body: { name: "Owned" } }),
        shop.ask("PATCH", `/users/${id}`, { token, body: { password: "my password now" } }),
        shop.ask("DELETE", `/users/${id}`, { token }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    }
    expect((await shop.ask("GET", `/users/${other.id}`, other)).body).toMatchObject({ name: "A newcomer" });
  });

  it.each(roles)("doesn't give themselves a role, as %s", async (role) => {
    const { id, token } = await shop.newcomer(role);
    for (const wanted of roles)
      expect((await shop.ask("PATCH", `/users/${id}`, { token, body: { role: wanted } })).status).toBe(403);
  });

  it("changes their password with the current one only, which signs out all other sessions", async () => {
    const user = await shop.newcomer();
    const [path, other] = [`/users/${user.id}`, await shop.signIn(user)];
    const change = (body: unknown) => shop.ask("PATCH", path, { token: user.token, body });
    expect((await change({ password: "a new password" })).status).toBe(403);
    expect((await change({ password: "a new password", currentPassword: "a guess" })).status).toBe(403);
    expect([await isSignedIn(user.token), await isSignedIn(other)]).toEqual([true, true]);

    expect((await change({ password: "a new password", currentPassword: user.password })).status).toBe(200);
    expect([await isSignedIn(user.token), await isSignedIn(other)]).toEqual([true, false]);
    expect((await shop.ask("POST", "/sessions", { body: { email: user.email, password: user.password } })).status).toBe(
      401,
    );
    expect(await isSignedIn(await shop.signIn({ ...user, password: "a new password" }))).toBe(true);
  });

  it("who is deleted is signed out everywhere, and can't sign in any more", async () => {
    const user = await shop.newcomer();
    const other = await shop.signIn(user);
    expect((await elsewhere.ask("GET", `/users/${user.id}`, admin)).status).toBe(200);
    expect((await shop.ask("DELETE", `/users/${user.id}`, user)).status).toBe(204);
    expect([await isSignedIn(user.token), await isSignedIn(other)]).toEqual([false, false]);
    expect((await elsewhere.ask("GET", `/users/${user.id}`, admin)).status).toBe(404);
    const { email, password } = user;
    expect((await shop.ask("POST", "/sessions", { body: { email, password } })).status).toBe(401);
  });
});

describe("an administrator", () => {
  it("gives another user a role, and the sessions with the old one end", async () => {
    const user = await shop.newcomer();
    const changed = await shop.ask("PATCH", `/users/${user.id}`, { token: admin.token, body: { role: "service" } });
    expect([changed.status, await isSignedIn(user.token)]).toEqual([200, false]);
    const token = await shop.signIn(user);
    expect((await shop.ask("GET", "/cart", { token })).status).toBe(403); // a service has none
  });

  it("gives another user a password, which ends that user's sessions and no others", async () => {
    const user = await shop.newcomer();
    const body = { password: "from the administrator" };
    expect((await shop.ask("PATCH", `/users/${user.id}`, { token: admin.token, body })).status).toBe(200);
    expect([await isSignedIn(user.token), await isSignedIn(admin.token)]).toEqual([false, true]);
    expect(await isSignedIn(await shop.signIn({ ...user, ...body }))).toBe(true);
  });

  it("can't give a password to a user without an e-mail", async () => {
    const answer = await shop.ask("PATCH", "/users/1", { token: admin.token, body: { password: "good for nothing" } });
    expect([answer.status, answer.body]).toEqual([
      409,
      expect.objectContaining({ type: "urn:larder:problem:conflict" }),
    ]);
    expect((await shop.ask("PATCH", "/users/1", { token: admin.token, body: { role: "user" } })).status).toBe(200);
  });

  it("gets 404 for a user there isn't", async () => {
    for (const method of ["GET", "DELETE"]) expect((await shop.ask(method, "/users/999999", admin)).status).toBe(404);
    expect((await shop.ask("PATCH", "/users/999999", { ...admin, body: { name: "x" } })).status).toBe(404);
    expect((await shop.ask("GET", "/users/me", admin)).status).toBe(400);
  });
});

describe("without Redis", () => {
  it("a user is neither deleted nor given a password: their sessions couldn't be ended", async () => {
    const redis = await ownRedis();
    const own = shopProcess(reach("single", redis.address), env);
    const { id } = await own.newcomer();
    redis.freeze();
    const changes = own.accounts.userChanges;
    await expect(changes.remove(id)).rejects.toThrow("redis gave no answer to destroy all sessions");
    await expect(changes.change(id, { password: "a new password" }, undefined)).rejects.toThrow("redis gave no answer");
    const rows = await own.database.query(z.object({ id: z.int() }), "SELECT id FROM users WHERE id = $1", [id]);
    expect([rows.length, await owed(own.database)]).toEqual([1, []]);
    redis.thaw();
  });
});
