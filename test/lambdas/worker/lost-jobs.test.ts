/** LARDER_ORDERS=1000 for many. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import * as z from "zod/mini";
import type { Database } from "../../../lambdas/platform/database";
import { openBestSellerBoard } from "../../../lambdas/shop/best-sellers";
import { OrderJobs } from "../../../lambdas/shop/order-jobs";
import { openOrderQueue } from "../../../lambdas/platform/queues";
import { administer } from "../../support/administer";
import { disturb, ProcessFleet } from "../../support/process-fleet";
import { connected, reach } from "../../support/redis-clients";
import { ownRedis } from "../../support/servers";
import { connectedDatabase, migratedDatabase } from "../../support/shop-database";
import { until } from "../../support/until";
import { workerProcess } from "../../support/worker-process";
import { mailsIn, makeJobsDue, openJobsIn } from "./order-books";
import type { WorkingSettings } from "./working-process";

const orders = Number(process.env["LARDER_ORDERS"] ?? 150);
const seconds = Math.max(5, orders / 30);

/** An order of a user's own that is paid, with what is to be done for it. */
async function pay(database: Database, jobs: OrderJobs): Promise<string> {
  return database.transaction(async (tx) => {
    const email = `${randomUUID()}@example.com`;
    const rows = await tx.query(
      z.object({ id: z.string() }),
      `WITH buyer AS (INSERT INTO users (name, email, password_hash, session_slot) VALUES ('Ada', $1, 'none', $1) RETURNING id)
       INSERT INTO orders (user_id, cart_id, idempotency_key, status, total_cents, fence_token, fence_holder, paid_at)
       SELECT id, $1, $1, 'paid', 499, 1, '', now() FROM buyer RETURNING id`,
      [email],
    );
    const { id } = rows[0]!;
    await tx.query(z.object({}), "INSERT INTO order_lines VALUES ($1, 1, 0, 'The Land Girls', 1, 499)", [id]);
    await jobs.queueAfterCommit(tx, id);
    return id;
  });
}

describe("what is to be done for paid orders", () => {
  it(
    "is done for each, though Redis loses its jobs again and again and workers are killed and frozen",
    async () => {
      const [redis, env] = await Promise.all([ownRedis(), migratedDatabase()]);
      const database = connectedDatabase(env);
      const jobs = new OrderJobs(
        database,
        openOrderQueue(connected(reach("single", redis.address)), () => undefined),
      );
      const crashes: unknown[] = [];
      const fleet = new ProcessFleet({
        program: join(__dirname, "working-process.ts"),
        settings: { redis: redis.address, database: env } satisfies WorkingSettings,
        processes: 3,
        onCrash: (code) => void crashes.push(code),
      });
      const paid: string[] = [];
      const counts = { lost: 0, killed: 0, frozen: 0 };
      try {
        const faults = [
          async () => {
            await administer(redis.address, (admin) => admin.flushall());
            counts.lost++;
          },
          () => (fleet.killOne(), counts.killed++),
          async () => (await fleet.freezeOne(300), counts.frozen++),
          () => makeJobsDue(database),
        ];
        const selling = (async () => {
          while (paid.length < orders) paid.push(await pay(database, jobs));
        })();
        await Promise.all([selling, disturb(faults, seconds)]);
        await until("all is done", async () => {
          await makeJobsDue(database);
          return (await openJobsIn(database)).length === 0;
        });
        await fleet.end();
      } finally {
        await fleet.stop();
      }
      console.log(
        `${orders} orders: Redis lost all ${counts.lost} times, ${counts.killed} workers killed, ${counts.frozen} frozen`,
      );
      expect(crashes).toEqual([]);
      const worker = workerProcess(reach("single", redis.address), env);
      await database.query(z.object({}), "UPDATE scheduled_jobs SET done_at = NULL", []); // as if an hour had passed
      await worker.run();
      const board = openBestSellerBoard(connected(reach("single", redis.address)));
      expect(await board.top(5, { window: "all" })).toMatchObject([{ member: "1", score: orders }]);
      const confirmed = (await mailsIn(database)).map(({ id }) => id);
      expect(confirmed.sort()).toEqual(paid.map((id) => `confirm ${id}`).sort());
    },
    60_000 + seconds * 2_000,
  );
});
