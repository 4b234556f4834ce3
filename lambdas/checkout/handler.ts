/** Turns carts into orders, has them paid, and shows them. */
import { checkoutEnv } from "#contract/functions";
import { withDoctor } from "#platform/doctor";
import { httpFunction } from "#platform/http-function";
import { routes } from "./endpoints";
import { buildServices } from "./services";

export const handler = withDoctor(
  httpFunction({
    env: checkoutEnv,
    services: buildServices,
    routes,
    limits: ({ limits }) => limits,
  }),
);
