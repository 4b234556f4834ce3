import type { accountsEnv } from "#contract/functions";
import type { User } from "#contract/users";
import { openCache } from "#platform/cache";
import { CacheMetrics } from "#platform/cache-metrics";
import { type Database, databaseFrom } from "#platform/database";
import type { Invocation } from "#platform/invocation";
import { Outbox } from "#platform/outbox";
import { redisFrom } from "#platform/redis";
import { userCache } from "#shop/users";
import type { Collection, SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface AccountsServices {
  readonly users: Collection<User>;
  readonly outbox: Outbox;
}

export function buildServices(env: z.infer<typeof accountsEnv>, invocation: Invocation): AccountsServices {
  const metrics = new CacheMetrics();
  const services = accountsServices(databaseFrom(env), openCache(redisFrom(env), invocation, metrics));
  invocation.atEnd(
    () => services.outbox.sweepIfDue(invocation.remainingMs()),
    () => metrics.publish(),
  );
  return services;
}

export function accountsServices(database: Database, cache: SharedCache): AccountsServices {
  const users = userCache(cache, database);
  return { users, outbox: new Outbox(database, { users }) };
}
