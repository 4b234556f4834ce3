/** Sessions that hold a cart, for tests. */
import {
  newSessionSlot,
  type RedisClient,
  SessionStore,
  type SessionOwner,
  type SessionStoreOptions,
} from "@larder/toolkit";
import { randomUUID } from "node:crypto";

export interface Cart {
  readonly items: readonly string[];
}

export function parseCart(json: unknown): Cart | undefined {
  const { items } = (json ?? {}) as Partial<Cart>;
  return Array.isArray(items) ? { items: items.map(String) } : undefined;
}

export function cartSessions(redis: RedisClient, more: Partial<SessionStoreOptions<Cart>> = {}): SessionStore<Cart> {
  return new SessionStore<Cart>({
    redis,
    idleMs: 60_000,
    absoluteMs: 600_000,
    parse: parseCart,
    deadlineMs: 5_000,
    ...more,
  });
}

export function newOwner(): SessionOwner {
  return { userId: randomUUID(), slot: newSessionSlot() };
}

export async function signIn(store: SessionStore<Cart>, owner: SessionOwner, items: readonly string[] = []) {
  const made = await store.create(await store.begin(owner), { items });
  if (made === undefined) throw new Error("the sign-in was refused");
  return made;
}

export const adding =
  (item: string) =>
  ({ items }: Cart): Cart => ({ items: [...items, item] });
