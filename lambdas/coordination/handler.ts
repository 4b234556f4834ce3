/** Serves what services in any language use: limits and locks; administrators: queues; and the API's description. */
import { coordinationEnv } from "#contract/functions";
import { withDoctor } from "#platform/doctor";
import { httpFunction } from "#platform/http-function";
import { routes } from "./endpoints";
import { buildServices } from "./services";

export const handler = withDoctor(
  httpFunction({
    env: coordinationEnv,
    services: buildServices,
    routes,
    limits: ({ limits }) => limits,
  }),
);
