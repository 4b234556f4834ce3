/** Shows which films sell best: of the day, of the week, of all time. */
import { leaderboardsEnv } from "#contract/functions";
import { httpFunction } from "#platform/http-function";
import { routes } from "./endpoints";
import { buildServices } from "./services";

export const handler = httpFunction({
  env: leaderboardsEnv,
  services: buildServices,
  routes,
  limits: ({ limits }) => limits,
});
