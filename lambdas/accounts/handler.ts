/** Serves user profiles from the shared cache, PostgreSQL behind it. */
import { accountsEnv } from "#contract/functions";
import { withDoctor } from "#platform/doctor";
import { httpFunction } from "#platform/http-function";
import { routes } from "./endpoints";
import { buildServices } from "./services";

export const handler = withDoctor(
  httpFunction({
    env: accountsEnv,
    services: buildServices,
    routes,
    limits: ({ limits }) => limits,
  }),
);
