import type { accountsEnv } from "#contract/functions";
import type { User } from "#contract/users";
import { openCache } from "#platform/cache";
import { type Database, databaseFrom } from "#platform/database";
import type { Invocation } from "#platform/invocation";
import { Limits } from "#platform/limits";
import { FunctionMetrics } from "#platform/metrics";
import { Outbox } from "#platform/outbox";
import { openRefreshQueue } from "#platform/queues";
import { redisClientsFrom, stateSafetyFrom } from "#platform/redis";
import { openSessions } from "#platform/sessions";
import { PasswordLimits } from "#platform/password-limits";
import { Carts } from "#shop/carts";
import { filmCache } from "#shop/film-cache";
import { Logins } from "#shop/logins";
import { queueRefreshes } from "#shop/refreshes";
import { readSessionData, type SessionData } from "#shop/session-data";
import { UserChanges } from "#shop/user-changes";
import { userCache } from "#shop/users";
import type { Collection, SessionStore, SharedCache } from "@larder/toolkit";
import type * as z from "zod/mini";

export interface AccountsServices {
  readonly users: Collection<User>;
  readonly logins: Logins;
  readonly userChanges: UserChanges;
  readonly sessions: SessionStore<SessionData>;
  readonly carts: Carts;
  readonly outbox: Outbox;
  readonly limits: Limits;
  readonly passwordLimits: PasswordLimits;
}

export function buildServices(env: z.infer<typeof accountsEnv>, invocation: Invocation): AccountsServices {
  const redis = redisClientsFrom(env);
  const metrics = new FunctionMetrics();
  const refreshLater = queueRefreshes(openRefreshQueue(redis.state, metrics.countQueue));
  const cache = openCache(redis.cache, invocation, metrics, refreshLater);
  const limits = new Limits({ redis: redis.state, onEvent: metrics.countLimit });
  const sessions = openSessions(redis.state, readSessionData, stateSafetyFrom(env));
  const services = accountsServices(databaseFrom(env), cache, sessions, limits);
  invocation.atEnd(
    () => services.outbox.sweepIfDue(invocation.remainingMs()),
    () => metrics.publish(),
  );
  return services;
}

export function accountsServices(
  database: Database,
  cache: SharedCache,
  sessions: SessionStore<SessionData>,
  limits: Limits,
): AccountsServices {
  const users = userCache(cache, database);
  const outbox = new Outbox(database, { users });
  return {
    users,
    logins: new Logins(database, outbox, sessions),
    userChanges: new UserChanges(database, outbox, sessions),
    sessions,
    carts: new Carts(sessions, filmCache(cache, database)),
    outbox,
    limits,
    passwordLimits: new PasswordLimits(limits),
  };
}
