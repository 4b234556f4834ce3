/** The checkout as a function has it, in a process of a test, with a provider of the test's own. */
import { connectRedis, Locks } from "@larder/toolkit";
import { databaseFrom } from "../../../lambdas/platform/database";
import { openSessions } from "../../../lambdas/platform/sessions";
import { Checkout } from "../../../lambdas/shop/checkout";
import { OrderPayment } from "../../../lambdas/shop/order-payment";
import type { Charge, Payments } from "../../../lambdas/shop/payments";
import { readSessionData } from "../../../lambdas/shop/session-data";
import { type ProviderBehaviour, SimulatedPayments } from "../../../lambdas/shop/simulated-payments";
import type { RedisAddress } from "../../../local/servers/redis";
import { orderJobsOn } from "../../support/order-jobs";
import type { RedisMode } from "../../support/redis-clients";
import { signedInAs } from "../../support/redis-users";
import type { DatabaseEnvironment } from "../../support/shop-database";

export interface CheckoutSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  readonly database: DatabaseEnvironment;
}

export interface ProviderHooks {
  readonly behaviourOf?: (charge: Charge) => ProviderBehaviour;
  /** Done once the provider has answered, before anybody hears of it. */
  readonly onAnswer?: () => Promise<void>;
}

export function checkoutHere({ mode, redis, database: env }: CheckoutSettings, hooks: ProviderHooks): Checkout {
  const { host, port, user, password } = redis;
  const credentials = { username: user, password: () => password };
  const client = connectRedis(signedInAs("checkout", "state", { mode, host, port, credentials }));
  const database = databaseFrom(env);
  const simulated = new SimulatedPayments(database, hooks.behaviourOf);
  const payments: Payments = {
    async charge(charge, signal) {
      const outcome = await simulated.charge(charge, signal);
      await hooks.onAnswer?.();
      return outcome;
    },
  };
  return new Checkout(
    database,
    openSessions(client, readSessionData),
    new OrderPayment(database, new Locks({ redis: client }), payments, orderJobsOn(database, client)),
  );
}
