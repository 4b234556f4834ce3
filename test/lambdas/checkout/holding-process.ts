/** A process that orders one cart, and stays between the charge and what follows until it is told to go on. It says when it is there, and what came of it. */
import type { OrderKey } from "../../../lambdas/shop/orders";
import { checkoutHere, type CheckoutSettings } from "./checkout-here";

export interface HoldingSettings extends CheckoutSettings {
  readonly token: string;
  readonly key: OrderKey;
}

const settings = JSON.parse(process.argv[2]!) as HoldingSettings;
const checkout = checkoutHere(settings, {
  onAnswer: async () => {
    const toldToGoOn = new Promise((resolve) => process.once("message", resolve));
    process.send!("charged");
    await toldToGoOn;
  },
});

process.on("disconnect", () => process.exit()); // whoever began it is gone
void checkout.order(settings.token, settings.key).then((outcome) => process.send!(outcome));
