/** Sessions on a Redis of the benchmark's own: a read beside a raw `GET` of a value as long, what the server works, and what a session takes there. */
import { connectRedis, newSessionSlot, type RedisClient, SessionStore } from "@larder/toolkit";
import { once } from "node:events";
import type { RedisAddress } from "../local/servers/redis";
import { type Measured, measureInTurn } from "./rounds";

interface Cart {
  readonly role: string;
  readonly cart: readonly { readonly movieId: string; readonly quantity: number }[];
}

export interface MeasuredSessions {
  readonly reads: readonly Measured[];
  /** Of the server's time, for one call. */
  readonly serverMicros: Readonly<Record<string, number>>;
  /** Of Redis' memory for a user with one session, its cart included. */
  readonly bytesPerSession: number;
  readonly cartBytes: number;
}

const users = 5_000;
const atOnce = 50;
const rounds = 9;
const readsPerRound = 3_000;

const cart: Cart = { role: "user", cart: ["1", "2", "3"].map((movieId) => ({ movieId, quantity: 1 })) };

export async function measureSessions({ host, port, user, password }: RedisAddress): Promise<MeasuredSessions> {
  const redis = connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
  await once(redis, "ready");
  try {
    const store = new SessionStore<Cart>({
      redis,
      idleMs: 3_600_000,
      absoluteMs: 86_400_000,
      parse: (json) => (isCart(json) ? json : undefined),
    });
    const bytesBefore = await usedMemory(redis);
    const tokens = await inGroups(users, async () => {
      const created = await store.create(await store.begin({ userId: "1", slot: newSessionSlot() }), cart);
      if (created === undefined) throw new Error("a sign-in was refused");
      return created.token;
    });
    const bytesPerSession = ((await usedMemory(redis)) - bytesBefore) / users;
    const tokenOf = (at: number) => tokens[at % users] ?? "";
    const serverMicros = {
      read: await serverMicrosOf(redis, (at) => store.read(tokenOf(at))),
      update: await serverMicrosOf(redis, (at) => store.update(tokenOf(at), () => cart)), // a read and a write
      destroy: await serverMicrosOf(redis, (at) => store.destroy(tokenOf(users - 1 - at))),
    };
    const reads = await measureReads(redis, store, tokens.slice(0, users / 4)); // the last ones have ended
    return { reads, serverMicros, bytesPerSession, cartBytes: JSON.stringify(cart).length };
  } finally {
    redis.disconnect();
  }
}

async function measureReads(
  redis: RedisClient,
  store: SessionStore<Cart>,
  tokens: readonly string[],
): Promise<Measured[]> {
  const value = JSON.stringify({ userId: "1", data: cart });
  await redis.set("larder:bench:raw", value, "PX", 3_600_000);
  let reads = 0;
  const rawGet = {
    name: "raw GET",
    async run() {
      if ((await redis.get("larder:bench:raw")) !== value) throw new Error("not what was set");
    },
  };
  const sessionRead = {
    name: "a session read",
    async run() {
      if ((await store.read(tokens[reads++ % tokens.length] ?? "")) === undefined) throw new Error("no session");
    },
  };
  return measureInTurn([rawGet, sessionRead], rounds, readsPerRound);
}

/** What the server says that a script took, on average over half of the users. */
async function serverMicrosOf(redis: RedisClient, use: (at: number) => Promise<unknown>): Promise<number> {
  let at = 0;
  await use(at); // the server knows the script
  await redis.config("RESETSTAT");
  await inGroups(users / 2, () => use(at++));
  return Number(/cmdstat_evalsha:.*usec_per_call=([\d.]+)/.exec(await redis.info("commandstats"))?.[1]);
}

async function usedMemory(redis: RedisClient): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
}

async function inGroups<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  while (done.length < count) done.push(...(await Promise.all(Array.from({ length: atOnce }, work))));
  return done;
}

function isCart(json: unknown): json is Cart {
  return typeof json === "object" && json !== null && "cart" in json && "role" in json;
}
