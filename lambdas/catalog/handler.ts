/** Serves the film catalogue from the shared cache, PostgreSQL behind it, and says how both are. */
import { catalogEnv } from "#contract/functions";
import { withDoctor } from "#platform/doctor";
import { httpFunction } from "#platform/http-function";
import { routes } from "./endpoints";
import { buildServices } from "./services";

export const handler = withDoctor(
  httpFunction({
    env: catalogEnv,
    services: buildServices,
    routes,
    limits: ({ limits }) => limits,
  }),
);
