/**
 * `GET /movies/{id}` of a film past its lifetime, through the catalogue's handler, when the source takes 50 ms: loaded by the
 * invocation behind its answer, or handed on to a queue. API Gateway has the answer when the handler returns, so all is counted
 * until then. Jobs are done in between, when nobody waits.
 */
import { connectRedis, type RedisClient, SharedCache } from "@larder/toolkit";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";
import { routes } from "../lambdas/catalog/endpoints";
import { catalogServices } from "../lambdas/catalog/services";
import type { Database } from "../lambdas/platform/database";
import { httpFunction } from "../lambdas/platform/http-function";
import { openRefreshQueue } from "../lambdas/platform/queues";
import { filmCache } from "../lambdas/shop/film-cache";
import { queueRefreshes } from "../lambdas/shop/refreshes";
import { httpEvent, lambdaContext } from "../test/support/invoke";
import { type Measured, measureInTurn, type Subject } from "./rounds";
import type { BenchServers } from "./servers";

const rounds = 5;
const requestsPerRound = 100;
const films = 20;
const sourceMs = 50;
/** So far ahead each film is past its lifetime, however lately it was loaded, and still served. */
const aheadMs = 61 * 60_000;

export async function measureDueReads({ redis: { address }, database }: BenchServers): Promise<Measured[]> {
  const { host, port, user, password } = address;
  const redis = connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
  const slow: Database = {
    query: async (...statement) => {
      await pause(sourceMs);
      return database.query(...statement);
    },
    transaction: (work) => database.transaction(work),
    snapshot: (work) => database.snapshot(work),
    close: () => database.close(),
  };
  try {
    const subjects = [reads("loaded behind the answer", redis, slow, false), reads("handed on", redis, slow, true)];
    return await measureInTurn(subjects, rounds, requestsPerRound);
  } finally {
    redis.disconnect();
  }
}

function reads(name: string, redis: RedisClient, database: Database, handsOn: boolean): Subject {
  const queue = openRefreshQueue(redis, () => undefined);
  const worker = filmCache(new SharedCache({ redis }), database).collections.movies;
  const handler = httpFunction({
    limits: "none",
    env: z.object({}),
    services: (_env, invocation) => {
      const clock = () => ({ monotonicMs: performance.now(), wallMs: Date.now() + aheadMs });
      const refreshLater = handsOn ? queueRefreshes(queue) : undefined;
      return catalogServices(redis, database, new SharedCache({ redis, invocation, clock, refreshLater }));
    },
    routes,
  });
  let request = 0;
  return {
    name,
    async run() {
      const id = (request++ % films) + 1;
      const { statusCode, headers } = await handler(httpEvent("GET", `/movies/${id}`), lambdaContext());
      if (statusCode !== 200 || (request > films && headers?.["x-cache"] !== "stale"))
        throw new Error(`film ${id} ${name} answered ${statusCode ?? 0}, x-cache: ${headers?.["x-cache"] ?? "none"}`);
    },
    async between() {
      const jobs = handsOn ? await queue.claim({ max: 10 }) : [];
      for (const { data } of jobs) await worker.refresh(data);
      await queue.ack(jobs.map(({ receipt }) => receipt));
    },
  };
}
