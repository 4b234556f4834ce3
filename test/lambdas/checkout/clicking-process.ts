/**
 * A process that double-clicks every cart, one after the other, until each click has an answer that means something. All processes go
 * through the carts in the same order, so that they meet.
 */
import { RedisUnavailableError } from "@larder/toolkit";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "../../../lambdas/platform/errors";
import type { OrderKey } from "../../../lambdas/shop/orders";
import type { ProviderBehaviour } from "../../../lambdas/shop/simulated-payments";
import { checkoutHere, type CheckoutSettings } from "./checkout-here";
import type { Click } from "./violations";

export interface ClickingSettings extends CheckoutSettings {
  readonly folder: string;
  readonly carts: readonly { readonly token: string; readonly key: OrderKey }[];
}

const { settingsFile } = JSON.parse(process.argv[2]!) as { settingsFile: string };
const settings = JSON.parse(readFileSync(settingsFile, "utf8")) as ClickingSettings; // too long for an argument
const file = join(settings.folder, `${process.pid}.jsonl`);
const checkout = checkoutHere(settings, { behaviourOf });
const toldToEnd = new Promise((resolve) => process.once("message", resolve));

function behaviourOf(): ProviderBehaviour {
  const chance = Math.random();
  return {
    takesMs: Math.random() < 0.1 ? Math.random() * 200 : 0,
    declines: Math.random() < 0.1,
    answersTwice: Math.random() < 0.2,
    ...(chance < 0.2 && { loses: chance < 0.1 ? "request" : "answer" }),
  };
}

async function click(token: string, key: OrderKey): Promise<void> {
  for (;;)
    try {
      const result = await checkout.order(token, key);
      if (result.outcome !== "under-way") {
        const orderId = "order" in result ? result.order.id : undefined;
        record({ cartId: key.cartId, outcome: result.outcome, orderId });
        return;
      }
    } catch (error) {
      if (!(error instanceof AppError || error instanceof RedisUnavailableError)) throw error;
      await pause(10);
    }
}

function record(click: Click): void {
  appendFileSync(file, `${JSON.stringify(click)}\n`);
}

async function clickAll(): Promise<void> {
  for (const { token, key } of settings.carts) await Promise.all([click(token, key), click(token, key)]);
  await toldToEnd;
}

process.on("disconnect", () => process.exit()); // whoever began it is gone
void clickAll().then(() => process.exit(0));
