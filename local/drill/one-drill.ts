/** One drill: a failover of one kind while the shop is used, and what came of it. */
import { setTimeout as pause } from "node:timers/promises";
import type { FailoverStep } from "../servers/redis-group";
import { booksOf, type BooksFound } from "./books";
import { Client } from "./client";
import type { DrillShop } from "./drill-shop";
import { Load } from "./load";
import type { Sample } from "./record";
import type { PlacedOrder } from "./shoppers";

export const faults = ["asked", "killed", "hangs"] as const;
export type Fault = (typeof faults)[number];

export interface Drilled {
  readonly fault: Fault;
  readonly mode: "single" | "cluster";
  readonly samples: readonly Sample[];
  readonly beganMs: number;
  readonly lostMs: number;
  readonly promotedMs: number;
  readonly replacedMs: number;
  readonly endedMs: number;
  readonly books: BooksFound;
  readonly orders: readonly PlacedOrder[];
  readonly locks: { readonly acquired: number; readonly violations: readonly string[] };
  readonly sessions: { readonly given: number; readonly lostGivenMs: readonly number[] };
}

/** Until every function has its environments, and films lie in the cache. */
const warmUpMs = 8_000;
const beforeMs = 8_000;
const afterMs = 12_000;
/** After so long ElastiCache would have missed the primary. */
const noticedMs = 3_000;
const shard = "0001";

export async function drill(shop: DrillShop, fault: Fault): Promise<Drilled> {
  const { redis, postgres } = shop;
  const steps = new Map<FailoverStep["is"], number>();
  redis.onStep(({ is }) => void steps.set(is, performance.now()));
  const at = (step: FailoverStep["is"]) => steps.get(step) ?? Number.NaN;

  const load = new Load(shop);
  await pause(warmUpMs);
  const beganMs = performance.now();
  await pause(beforeMs);
  if (fault === "asked") await askForFailover(shop);
  else await redis.failOver({ shard, fault: fault === "killed" ? "killed" : "frozen", noticedMs });
  while (!steps.has("replaced")) await pause(10);
  await pause(Math.max(0, afterMs - (performance.now() - at("promoted"))));
  const endedMs = performance.now();
  await load.end();

  return {
    fault,
    mode: redis.mode,
    samples: load.samples,
    beganMs,
    lostMs: at("lost"),
    promotedMs: at("promoted"),
    replacedMs: at("replaced"),
    endedMs,
    books: await booksOf(postgres, load.orders),
    orders: load.orders,
    locks: load.things,
    sessions: await sessionsOf(shop, load),
  };
}

/** As an administrator does it, through the API and ElastiCache's. */
async function askForFailover({ url, admin }: DrillShop): Promise<void> {
  const client = new Client(url, () => undefined);
  await client.signIn(admin);
  const { status, body } = await client.send("POST", { path: "/admin/cache/failover", body: { role: "state", shard } });
  if (status !== 202) throw new Error(`the failover was answered ${status}: ${JSON.stringify(body)}`);
}

/** Which sessions that were given aren't known any more. */
async function sessionsOf({ url }: DrillShop, { sessions }: Load): Promise<Drilled["sessions"]> {
  const client = new Client(url, () => undefined);
  const lostGivenMs: number[] = [];
  for (const { token, atMs } of sessions) {
    client.token = token;
    const { status } = await client.send("GET", { path: "/cart" });
    if (status === 401) lostGivenMs.push(atMs);
  }
  return { given: sessions.length, lostGivenMs };
}
