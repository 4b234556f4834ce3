/** Turns carts into orders, has them paid, and shows them. */
import { checkoutEnv } from "#contract/functions";
import { diagnoses } from "#platform/doctor";
import { httpFunction } from "#platform/http-function";
import { withQuestions } from "#platform/questions";
import { checkRelease } from "#platform/release-check";
import { routes } from "./endpoints";
import { releaseChecks } from "./release-checks";
import { buildServices } from "./services";

const checkout = httpFunction({
  env: checkoutEnv,
  services: buildServices,
  routes,
  limits: ({ limits }) => limits,
});
const releaseCheck = checkout.beside((services) => checkRelease(releaseChecks(services)));

export const handler = withQuestions({ doctor: diagnoses, releaseCheck }, checkout);
