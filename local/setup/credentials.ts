/** The passwords of this clone's servers and logins, generated once and kept in the data folder for their owner only. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";

const secrets = ["redis", "postgresMaster", "postgresApp", "userLogin", "adminLogin", "serviceLogin"] as const;

const Credentials = z.record(z.enum(secrets), z.string());

type Credentials = z.infer<typeof Credentials>;

export function credentials(dataFolder: string): Credentials {
  const file = join(dataFolder, "credentials.json");
  const kept = existsSync(file) ? z.partialRecord(z.enum(secrets), z.string()).parse(read(file)) : {};
  const generated = Object.fromEntries(secrets.map((secret) => [secret, newPassword()]));
  const all = Credentials.parse({ ...generated, ...kept });
  writeFileSync(file, JSON.stringify(all, undefined, 2), { mode: 0o600 });
  return all;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Letters and digits only: safe in a URL, in SQL and in redis.conf. */
export function newPassword(): string {
  return randomBytes(24).toString("hex");
}
