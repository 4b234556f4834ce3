import type { Routes } from "#platform/http-function";
import { routes as description } from "./description-endpoints";
import { routes as limits } from "./limit-endpoints";
import { routes as locks } from "./lock-endpoints";
import { routes as queues } from "./queue-endpoints";
import type { CoordinationServices } from "./services";

export const routes: Routes<CoordinationServices> = (app, services) => {
  description(app, services);
  limits(app, services);
  locks(app, services);
  queues(app, services);
};
