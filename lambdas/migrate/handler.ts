/**
 * Brings the database to what this build needs: schema, login role, first data. Deployments run it before the other functions;
 * called by hand it can make logins, too.
 */
import { bundledFiles, migrateEnv } from "#contract/functions";
import { bundledFile } from "#platform/aws";
import { addressOf, withConnection } from "#platform/database";
import { readEnvironment } from "#platform/environment";
import { logger } from "#platform/logger";
import { loginsIn } from "./first-logins";
import { masterLogin } from "./master-login";
import { migrate } from "./migrate";

export async function handler(event: unknown): Promise<void> {
  const logins = loginsIn(event);
  const env = readEnvironment(migrateEnv);
  const master = await masterLogin(env.DATABASE_SECRET_ARN);
  const outcome = await withConnection({ ...addressOf(env), ...master }, (client) =>
    migrate(client, {
      migrationsFolder: bundledFile(bundledFiles.migrations),
      filmsFile: bundledFile(bundledFiles.films),
      appRole: env.DATABASE_APP_ROLE,
      logins,
    }),
  );
  if (outcome.outdated && logins.length > 0)
    throw new Error("no login is made, as the schema is newer than this build: call the function of the last deploy");
  logger.info("the database is migrated", { ...outcome });
}
