/** Serves the film catalogue from the shared cache, PostgreSQL behind it, and says how both are. */
import { catalogEnv } from "#contract/functions";
import { diagnoses } from "#platform/doctor";
import { httpFunction } from "#platform/http-function";
import { withQuestions } from "#platform/questions";
import { checkRelease } from "#platform/release-check";
import { routes } from "./endpoints";
import { releaseChecks } from "./release-checks";
import { buildServices } from "./services";

const catalog = httpFunction({
  env: catalogEnv,
  services: buildServices,
  routes,
  limits: ({ limits }) => limits,
});
const releaseCheck = catalog.beside((services) => checkRelease(releaseChecks(services)));

export const handler = withQuestions({ doctor: diagnoses, releaseCheck }, catalog);
