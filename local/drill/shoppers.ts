/** Shoppers who fill a cart and order it, and send an order again until they are told what became of it. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";
import type { Client } from "./client";
import type { Login } from "./drill-shop";
import type { GoingOn } from "./going-on";

export interface PlacedOrder {
  readonly cartId: string;
  /** Of the order that the shopper was told is paid. */
  readonly paid?: string;
  /** What else they were told at last. */
  readonly status: number;
  /** How often it was sent. */
  readonly attempts: number;
}

const Cart = z.object({ id: z.string() });
const Order = z.object({ id: z.string(), status: z.literal("paid") });

const films = 500;
const againMs = 500;
const mostAttempts = 60;

export async function shop(
  client: Client,
  login: Login,
  load: GoingOn,
  onOrder: (order: PlacedOrder) => void,
): Promise<void> {
  await client.signIn(login);
  while (load.goesOn) {
    await pause(1_000 + Math.random() * 1_000);
    const cartId = await fillCart(client, login);
    if (cartId !== undefined) onOrder(await order(client, login, cartId));
  }
}

/** `undefined`: it can't be filled now. */
async function fillCart(client: Client, login: Login): Promise<string | undefined> {
  const path = `/cart/items/${1 + Math.floor(Math.random() * films)}`;
  const { status, body } = await client.ask("PUT /cart/items/{movieId}", { path, body: { quantity: 1 } });
  if (status === 401) await client.signIn(login); // the session is lost, and its cart with it
  return status === 200 ? Cart.parse(body).id : undefined;
}

async function order(client: Client, login: Login, cartId: string): Promise<PlacedOrder> {
  const headers = { "idempotency-key": randomUUID() };
  for (let attempts = 1; ; attempts++) {
    const { status, body } = await client.ask("POST /orders", { path: "/orders", body: { cartId }, headers });
    if (status === 201) return { cartId, paid: Order.parse(body).id, status, attempts };
    if (status === 401) await client.signIn(login);
    const isOpen = status === 0 || status === 401 || status >= 500 || isUnderWay(body);
    if (!isOpen || attempts === mostAttempts) return { cartId, status, attempts };
    await pause(againMs);
  }
}

function isUnderWay(body: unknown): boolean {
  const type = z.object({ type: z.string() }).safeParse(body).data?.type;
  return type === "urn:larder:problem:order-under-way";
}
