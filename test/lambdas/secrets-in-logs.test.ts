import * as z from "zod/mini";
import { reach } from "../support/redis-clients";
import { ownPostgres, ownRedis } from "../support/servers";
import { migratedDatabase } from "../support/shop-database";
import { type ShopProcess, shopProcess } from "../support/shop-process";
import { writtenMeanwhile } from "../support/written-meanwhile";

const password = "correct horse battery";
const newPassword = "a much better password";

/** Every request with a secret in it, well and badly formed. */
async function allSecretRequests(shop: ShopProcess, token: string, id: string): Promise<void> {
  const login = { name: "Ada", email: "ada@example.com", password };
  await shop.ask("POST", "/users", { body: login });
  await shop.ask("POST", "/users", { body: { ...login, [password]: token } });
  await shop.ask("POST", "/sessions", { token, body: { email: login.email, password } });
  await shop.ask("POST", "/sessions", { token, body: { email: password, password: [token] } });
  await shop.ask("GET", "/sessions", { token });
  await shop.ask("PUT", "/cart/items/1", { token, body: { quantity: 1 } });
  await shop.ask("GET", `/users/${token}`, { token });
  const change = { password: newPassword, currentPassword: password };
  await shop.ask("PATCH", `/users/${id}`, { token, body: change });
  await shop.ask("PATCH", `/users/${id}`, { token, body: { ...change, role: token } });
  await shop.ask("DELETE", "/sessions", { token });
}

it.each(["whole", "without Redis", "without PostgreSQL"])(
  "no log holds a token, a password or its hash, with the stores %s",
  async (state) => {
    const [redis, postgres] = await Promise.all([ownRedis(), ownPostgres()]);
    const shop = shopProcess(reach("single", redis.address), await migratedDatabase(postgres.address));
    const { token, id } = await shop.newcomer();
    const row = z.object({ password_hash: z.string(), session_slot: z.string() });
    const columns = "SELECT password_hash, session_slot FROM users WHERE id = $1";
    const [user] = await shop.database.query(row, columns, [id]);
    if (state === "without Redis") redis.freeze();
    if (state === "without PostgreSQL") await postgres.kill();

    const log = await writtenMeanwhile(() => allSecretRequests(shop, token, id));
    if (state !== "whole") expect(log).toContain('"level":"WARN"');
    for (const secret of [token, token.split(".")[1]!, password, newPassword, user!.password_hash, user!.session_slot])
      expect(log).not.toContain(secret);
    redis.thaw();
  },
  60_000,
);
