/** The passwords of this clone's servers, generated once and kept in the data folder for their owner only. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";

const Credentials = z.object({ redis: z.string(), postgresMaster: z.string(), postgresApp: z.string() });

type Credentials = z.infer<typeof Credentials>;

export function credentials(dataFolder: string): Credentials {
  const file = join(dataFolder, "credentials.json");
  if (!existsSync(file)) {
    const generated: Credentials = { redis: newPassword(), postgresMaster: newPassword(), postgresApp: newPassword() };
    writeFileSync(file, JSON.stringify(generated, undefined, 2), { mode: 0o600 });
  }
  return Credentials.parse(JSON.parse(readFileSync(file, "utf8")));
}

/** Letters and digits only: safe in a URL, in SQL and in redis.conf. */
export function newPassword(): string {
  return randomBytes(24).toString("hex");
}
