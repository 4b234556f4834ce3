/** Processes of the shop's functions on a Redis of the test file's own and one database, and a look at what the outbox holds. */
import { type RedisClient, SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";
import { accountsServices, type AccountsServices } from "../../../lambdas/accounts/services";
import { catalogServices, type CatalogServices } from "../../../lambdas/catalog/services";
import type { Database } from "../../../lambdas/platform/database";
import { Limits } from "../../../lambdas/platform/limits";
import { openSessions } from "../../../lambdas/platform/sessions";
import { readSessionData } from "../../../lambdas/shop/session-data";
import type { RedisServer } from "../../../local/servers/redis";
import type { RedisRole } from "../../../lib/stacks/redis-roles";
import { connected, reach } from "../../support/redis-clients";
import { type RedisStore, signedInAs } from "../../support/redis-users";
import { connectedDatabase, type DatabaseEnvironment } from "../../support/shop-database";

export interface Accounts extends AccountsServices {
  readonly database: Database;
  /** Changes a user as the shop would. */
  rename(id: string, name: string): Promise<void>;
  /** What a reader gets from this process. */
  nameOf(id: string): Promise<string | undefined>;
}

/** With its own connections, and a near cache that proves at each call what it serves. */
export function accountsProcess(redisServer: RedisServer, env: DatabaseEnvironment): Accounts {
  const database = connectedDatabase(env);
  const redis = as("accounts", "state", redisServer);
  const sessions = openSessions(redis, readSessionData);
  const services = accountsServices(database, newCache("accounts", redisServer), sessions, new Limits({ redis }));
  return {
    ...services,
    database,
    rename: (id, name) =>
      database.transaction(async (tx) => {
        await tx.query(z.object({}), "UPDATE users SET name = $2 WHERE id = $1", [id, name]);
        await services.outbox.invalidateAfterCommit(tx, { collection: "users", ids: [id] });
      }),
    nameOf: async (id) => (await services.users.get(id))?.name,
  };
}

export function catalogProcess(redisServer: RedisServer, env: DatabaseEnvironment): CatalogServices {
  return catalogServices(as("catalog", "cache", redisServer), connectedDatabase(env), newCache("catalog", redisServer));
}

function newCache(role: RedisRole, redisServer: RedisServer): SharedCache {
  return new SharedCache({ redis: as(role, "cache", redisServer), near: { maxStalenessMs: 0 } });
}

function as(role: RedisRole, store: RedisStore, { address }: RedisServer): RedisClient {
  return connected(signedInAs(role, store, reach("single", address)));
}

/** The collections of what is still to be invalidated, the oldest first. */
export async function owed(database: Database): Promise<string[]> {
  const row = z.object({ collection: z.string() });
  const rows = await database.query(row, "SELECT collection FROM cache_invalidations ORDER BY id", []);
  return rows.map(({ collection }) => collection);
}
