/**
 * Serves administrators: how ElastiCache keeps the Redis groups, and a failover to try it out. It is outside the network, for
 * ElastiCache's API is, and so reaches no Redis: the gateway counts its requests.
 */
import { operationsEnv } from "#contract/functions";
import { httpFunction } from "#platform/http-function";
import { routes } from "./endpoints";
import { buildServices } from "./services";

export const handler = httpFunction({ env: operationsEnv, services: buildServices, routes, limits: "none" });
