/** What each kind of key takes in Redis, made by the toolkit and the shop as they make it, on a Redis that is otherwise empty. */
import {
  Leaderboard,
  Locks,
  newSessionSlot,
  Queue,
  RateLimiter,
  type RedisClient,
  SessionStore,
  SharedCache,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import { apiLimits } from "../../lambdas/contract/limits";
import { MovieSearch } from "../../lambdas/contract/movies";
import type { Database } from "../../lambdas/platform/database";
import { filmCache } from "../../lambdas/shop/film-cache";
import { newSessionData, readSessionData, type SessionData } from "../../lambdas/shop/session-data";

const dayMs = 86_400_000;
const many = 5_000;

export interface KeyMemory {
  readonly kind: string;
  readonly count: number;
  /** Of `used_memory`, for one: with the key's place in Redis' own tables. */
  readonly bytes: number;
  /** What `MEMORY USAGE` says of all keys that were made, for one. */
  readonly memoryUsageBytes: number;
}

export async function measureKeyMemory(redis: RedisClient, database: Database): Promise<KeyMemory[]> {
  const measured: KeyMemory[] = [];
  for (const [kind, count, make] of kinds(redis, database)) {
    await redis.flushall();
    await make(1); // scripts, and what there is but once
    const before = await usedMemory(redis);
    const earlier = await memoryUsage(redis);
    await make(count);
    const bytes = ((await usedMemory(redis)) - before) / count;
    measured.push({ kind, count, bytes, memoryUsageBytes: ((await memoryUsage(redis)) - earlier) / count });
  }
  return measured;
}

type Kind = readonly [kind: string, count: number, make: (count: number) => Promise<unknown>];

function kinds(redis: RedisClient, database: Database): Kind[] {
  const films = filmCache(new SharedCache({ redis, near: { maxBytes: 0 } }), database);
  const sessions = new SessionStore<SessionData>({
    redis,
    parse: readSessionData,
    idleMs: 7 * dayMs,
    absoluteMs: 30 * dayMs,
  });
  const filledCart: SessionData = {
    ...newSessionData("user"),
    cart: [1, 2, 3].map((movieId) => ({ movieId, quantity: 1 })),
    cartId: randomUUID(),
  };
  const address = new RateLimiter({ redis, name: "address", policies: apiLimits.address });
  const user = new RateLimiter({ redis, name: "user", policies: apiLimits.user });
  const locks = new Locks({ redis });
  const queue = new Queue({ redis, name: "orders", parse: (json) => json });
  const board = new Leaderboard({ redis, name: "best-sellers", windows: ["day", "week", "all"] });
  const each = (make: (at: number) => Promise<unknown>) => {
    let made = 0;
    return (count: number) => inGroups(count, () => make(made++));
  };
  return [
    ["a cached film", 3_000, each((at) => films.movie(String(at + 1)))],
    [
      "a cached page of 20 films",
      150,
      each((at) => films.search(MovieSearch.parse({ page: String(at + 1), pageSize: "20" }))),
    ],
    [
      "a user with one session, three films in the cart",
      many,
      each(async () => sessions.create(await sessions.begin({ userId: "1", slot: newSessionSlot() }), filledCart)),
    ],
    ["a limited address", many, each((at) => address.consume(`192.0.2.${at}`))],
    ["a limited user", many, each((at) => user.consume(String(at)))],
    ["a lock that is held", many, each((at) => locks.acquire(`cart ${at}`, { leaseMs: 60_000 }))],
    [
      "a job that waits",
      many,
      each((at) => queue.add([{ id: `confirm:${at}`, data: { kind: "confirm", orderId: randomUUID() } }])),
    ],
    [
      "a film on the three boards, with the id of its sale",
      many,
      each((at) => board.add([{ member: String(at), by: 1 }], { id: randomUUID() })),
    ],
    ["one more sale of the same film", many, each(() => board.add([{ member: "1", by: 1 }], { id: randomUUID() }))],
    ["an invalidation in a collection's log", many, each((at) => films.collections.movies.invalidate(String(at)))],
  ];
}

async function usedMemory(redis: RedisClient): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
}

async function memoryUsage(redis: RedisClient): Promise<number> {
  const keys = await redis.keys("*");
  const sizes = await Promise.all(keys.map((key) => redis.memory("USAGE", key, "SAMPLES", 0)));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

const atOnce = 8; // who loads waits for the one connection to PostgreSQL

async function inGroups(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - done) }, work));
}
