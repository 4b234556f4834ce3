/** `GET /movies/{id}` through the catalogue's handler, one at a time as a Lambda environment does, counted by its address, from what the process keeps, from Redis, and from PostgreSQL. */
import { connectRedis, type RedisClient, SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";
import { routes } from "../lambdas/catalog/endpoints";
import { catalogServices } from "../lambdas/catalog/services";
import type { Database } from "../lambdas/platform/database";
import { Limits } from "../lambdas/platform/limits";
import { httpFunction } from "../lambdas/platform/http-function";
import { httpEvent, lambdaContext } from "../test/support/invoke";
import { type Measured, measureInTurn, type Subject } from "./rounds";
import type { BenchServers } from "./servers";

const rounds = 9;
const requestsPerRound = 1_500;

export async function measureFilmReads({ redis, database, unusedPort }: BenchServers): Promise<Measured[]> {
  const { host, port, user, password } = redis.address;
  const shared = connectRedis({
    mode: "single",
    host,
    port,
    credentials: { username: user, password: () => password },
  });
  const nowhere = connectRedis({ mode: "single", host, port: unusedPort });
  try {
    const notNear = { maxBytes: 0, maxStalenessMs: 500 };
    const subjects = [
      reads("from the process", "near", shared, database, new SharedCache({ redis: shared })),
      reads("from Redis", "redis", shared, database, new SharedCache({ redis: shared, near: notNear })),
      reads("from PostgreSQL", "bypass", nowhere, database, new SharedCache({ redis: nowhere })),
    ];
    return await measureInTurn(subjects, rounds, requestsPerRound);
  } finally {
    shared.disconnect();
    nowhere.disconnect();
  }
}

/** Reads a hundred films over and over; the first time each may come from elsewhere than from `tier`, later none may. */
function reads(name: string, tier: string, redis: RedisClient, database: Database, cache: SharedCache): Subject {
  const services = catalogServices(redis, database, cache);
  const limits = new Limits({ redis });
  const handler = httpFunction({ limits: () => limits, env: z.object({}), services: () => services, routes });
  let request = 0;
  return {
    name,
    async run() {
      const id = (request++ % 100) + 1;
      const event = httpEvent("GET", `/movies/${id}`);
      event.requestContext.http.sourceIp = `10.0.${(request >> 8) & 255}.${request & 255}`; // no address asks too often
      const { statusCode, headers } = await handler(event, lambdaContext());
      if (statusCode !== 200 || (request > 100 && headers?.["x-cache"] !== tier))
        throw new Error(`film ${id} ${name} answered ${statusCode ?? 0}, x-cache: ${headers?.["x-cache"] ?? "none"}`);
    },
  };
}
