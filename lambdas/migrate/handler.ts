/** Brings the database to what this build needs: schema, login role, first data. Deployments run it before the other functions. */
import { bundledFiles, migrateEnv } from "#contract/functions";
import { bundledFile } from "#platform/aws";
import { addressOf, withConnection } from "#platform/database";
import { readEnvironment } from "#platform/environment";
import { logger } from "#platform/logger";
import { masterLogin } from "./master-login";
import { migrate } from "./migrate";

export async function handler(): Promise<void> {
  const env = readEnvironment(migrateEnv);
  const master = await masterLogin(env.DATABASE_SECRET_ARN);
  const outcome = await withConnection({ ...addressOf(env), ...master }, (client) =>
    migrate(client, {
      migrationsFolder: bundledFile(bundledFiles.migrations),
      filmsFile: bundledFile(bundledFiles.films),
      appRole: env.DATABASE_APP_ROLE,
      seedUsers: env.SEED_USERS === "yes",
      adminName: env.ADMIN_NAME,
    }),
  );
  logger.info("the database is migrated", { ...outcome });
}
