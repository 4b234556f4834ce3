/**
 * The unprivileged user that PostgreSQL runs as when we are root, which it refuses to run as.
 *
 * `nobody` is on every system, so nothing has to be created.
 */
import { spawnSync } from "node:child_process";

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** `undefined` means: as ourselves. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return { uid: idOfNobody("-u"), gid: idOfNobody("-g") };
}

/** Whether PostgreSQL's user may enter this folder, or run this program, asked of the system itself. */
export function canReach(path: string): boolean {
  const user = serverUser();
  if (user === undefined) return true;
  return spawnSync("sh", ["-c", 'test -x "$1"', "sh", path], { ...user, cwd: "/" }).status === 0;
}

function idOfNobody(flag: "-u" | "-g"): number {
  const { stdout } = spawnSync("id", [flag, "nobody"], { encoding: "utf8" });
  const id = Number.parseInt(stdout, 10);
  if (Number.isNaN(id))
    throw new Error("there is no user nobody to run PostgreSQL as: run this as a user that isn't root");
  return id;
}
