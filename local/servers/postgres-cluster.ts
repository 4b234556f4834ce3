/** Creates a PostgreSQL data folder, complete or not at all. */
import { execFile } from "node:child_process";
import { chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { superuser } from "./postgres-database";
import { serverUser } from "./server-user";

const run = promisify(execFile);

export async function createCluster(programs: string, data: string, password: string): Promise<void> {
  const user = serverUser();
  const unfinished = `${data}.unfinished`;
  const passwordFile = `${data}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) for (const path of [unfinished, passwordFile]) chownSync(path, user.uid, user.gid);
  try {
    await run(
      join(programs, "initdb"),
      [
        `--pgdata=${unfinished}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        // The same order of texts on every system.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
      ],
      { ...user, cwd: unfinished, env: { PATH: process.env.PATH } },
    );
    renameSync(unfinished, data);
  } catch (error) {
    const reason = error instanceof Error && "stderr" in error ? String(error.stderr).trimEnd() : String(error);
    throw new Error(`PostgreSQL could not make its data folder: ${reason}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}
