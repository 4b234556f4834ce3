/** A process that renames a user and says so when it has committed, and then does nothing more, so that it can be killed before the invalidation. */
import { connectRedis, SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";
import { accountsServices } from "../../../lambdas/accounts/services";
import { databaseFrom } from "../../../lambdas/platform/database";
import { Limits } from "../../../lambdas/platform/limits";
import { openSessions } from "../../../lambdas/platform/sessions";
import { readSessionData } from "../../../lambdas/shop/session-data";
import type { RedisAddress } from "../../../local/servers/redis";
import type { DatabaseEnvironment } from "../../support/shop-database";

export interface WriterSettings {
  readonly redis: RedisAddress;
  readonly database: DatabaseEnvironment;
  readonly name: string;
}

const settings = JSON.parse(process.argv[2]!) as WriterSettings;
const { host, port, user, password } = settings.redis;
const redis = connectRedis({ mode: "single", host, port, credentials: { username: user, password: () => password } });
const database = databaseFrom(settings.database);
const { outbox } = accountsServices(
  database,
  new SharedCache({ redis }),
  openSessions(redis, readSessionData),
  new Limits({ redis }),
);

void database.transaction(async (tx) => {
  await tx.query(z.object({}), "UPDATE users SET name = $1 WHERE id = 1", [settings.name]);
  tx.afterCommit(() => {
    process.send?.("committed");
    return new Promise(() => undefined);
  });
  await outbox.invalidateAfterCommit(tx, { collection: "users", ids: ["1"] });
});
