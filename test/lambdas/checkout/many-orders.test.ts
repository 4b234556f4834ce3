/** LARDER_ORDERS=1000 for many. */
import { newSessionSlot } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import type { Database } from "../../../lambdas/platform/database";
import { openSessions } from "../../../lambdas/platform/sessions";
import { newSessionData, readSessionData } from "../../../lambdas/shop/session-data";
import { temporaryFolder } from "../../../local/setup/data-folder";
import { pause, ProcessFleet } from "../../support/process-fleet";
import { addressOf, connected, redisModes, type RedisMode } from "../../support/redis-clients";
import { servers } from "../../support/servers";
import { connectedDatabase, migratedDatabase } from "../../support/shop-database";
import { until } from "../../support/until";
import type { ClickingSettings } from "./clicking-process";
import { booksOf, type Click, violationsOf } from "./violations";

const orders = Number(process.env["LARDER_ORDERS"] ?? 100);
const processes = 4;
const films = [1, 2, 3, 4, 5];
/** Not enough for all. */
const scarce = 5;

/** Users with a session each, and some films in its cart. */
async function filledCarts(mode: RedisMode, database: Database): Promise<ClickingSettings["carts"]> {
  const sessions = openSessions(connected(addressOf(mode)), readSessionData);
  const users = await database.query(
    z.object({ id: z.int() }),
    "INSERT INTO users (name) SELECT 'Shopper ' || n FROM generate_series(1, $1) AS n RETURNING id",
    [orders],
  );
  const carts: ClickingSettings["carts"][number][] = [];
  for (const { id } of users) {
    const userId = String(id);
    const cart = films
      .filter((film) => Math.random() < (film === scarce ? 0.2 : 0.4))
      .map((movieId) => ({ movieId, quantity: 1 + Math.floor(Math.random() * 3) }));
    const cartId = randomUUID();
    const data = { ...newSessionData("user"), cart: cart.length > 0 ? cart : [{ movieId: 1, quantity: 1 }], cartId };
    const created = await sessions.create(await sessions.begin({ userId, slot: newSessionSlot() }), data);
    carts.push({ token: created!.token, key: { userId, idempotencyKey: randomUUID(), cartId } });
  }
  return carts;
}

function clicksIn(folder: string): Click[] {
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Click);
}

describe.each(redisModes)("many carts, double-clicked in several processes that are frozen and killed (%s)", (mode) => {
  it(
    "are charged once each; stock adds up and no order is lost",
    async () => {
      const env = await migratedDatabase();
      const database = connectedDatabase(env);
      await database.query(
        z.object({}),
        "UPDATE film_stock SET in_stock = CASE movie_id WHEN $1 THEN $2 ELSE 100000 END",
        [scarce, Math.ceil(orders / 10)],
      );
      const stockBefore = (await booksOf(database)).stock;
      const carts = await filledCarts(mode, database);
      const { redis, cluster } = servers();
      const folder = temporaryFolder();
      const settings: ClickingSettings = {
        mode,
        redis: mode === "single" ? redis : { ...cluster, ...cluster.nodes[0]! },
        database: env,
        folder,
        carts,
      };
      const settingsFile = join(temporaryFolder(), "settings.json");
      writeFileSync(settingsFile, JSON.stringify(settings));
      const crashes: unknown[] = [];
      const fleet = new ProcessFleet({
        program: join(__dirname, "clicking-process.ts"),
        settings: { settingsFile },
        processes,
        onCrash: (code) => void crashes.push(code),
      });
      const answered = () => new Set(clicksIn(folder).map(({ cartId }) => cartId)).size;
      let [frozen, killed] = [0, 0];
      try {
        while (answered() < 0.9 * orders) {
          await pause(300);
          if (Math.random() < 0.5) {
            await fleet.freezeOne(Math.random() < 0.3 ? 2_500 : 300);
            frozen++;
          } else {
            fleet.killOne();
            killed++;
          }
        }
        await until("every cart has an answer", () => answered() === orders);
        await fleet.end();
      } finally {
        await fleet.stop();
      }
      const clicks = clicksIn(folder);
      const books = await booksOf(database);
      const requests = await database.query(
        z.object({ sum: z.int() }),
        "SELECT sum(requests)::int FROM simulated_charges",
        [],
      );
      const outcomes = Object.entries(Object.groupBy(books.orders, ({ status }) => status));
      console.log(
        `${mode}: ${orders} carts, ${clicks.length} clicks answered, ${frozen} freezes, ${killed} kills, ${requests[0]!.sum} requests to the provider for ${books.charges.length} payments, orders:`,
        Object.fromEntries(outcomes.map(([status, all]) => [status, all.length])),
      );
      expect(crashes).toEqual([]);
      expect(
        violationsOf(
          carts.map(({ key }) => key.cartId),
          clicks,
          books,
          stockBefore,
        ),
      ).toEqual([]);
    },
    60_000 + orders * 400,
  );
});
