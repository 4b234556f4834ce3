/** One `npm start` per clone: two would share their servers' data. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { workingFolderOf } from "../servers/earlier-run";
import { cloneFolder } from "./data-folder";

const Holder = z.object({ pid: z.int(), url: z.string() });
type Holder = z.infer<typeof Holder>;

/** Returns how to give it back. @throws if a run holds it; one that ended without giving it back doesn't */
export function takeStartLock(dataFolder: string, url: string): () => void {
  const lock = join(dataFolder, "start.lock");
  const own = join(dataFolder, `start.lock.${process.pid}`);
  writeFileSync(own, JSON.stringify({ pid: process.pid, url } satisfies Holder));
  try {
    while (!linked(own, lock)) {
      const holder = readHolder(lock);
      if (holder === undefined) continue; // Given back meanwhile.
      if (isRunning(holder))
        throw new Error(
          `larder is already running (pid ${holder.pid}) on ${holder.url}; stop it with Ctrl-C there, or: kill ${holder.pid}`,
        );
      removeStale(lock, holder);
    }
  } finally {
    rmSync(own);
  }
  return () => rmSync(lock, { force: true });
}

/** A link is made whole or not at all, so the lock always names its holder. */
function linked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function readHolder(lock: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(readFileSync(lock, "utf8")));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The folder tells our process from one that has inherited the number. */
function isRunning({ pid }: Holder): boolean {
  return workingFolderOf(pid) === cloneFolder;
}

/** Another run may have done so and taken the lock since we looked: then it gets it back. */
function removeStale(lock: string, seen: Holder): void {
  const aside = `${lock}.stale-${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  if (readHolder(aside)?.pid !== seen.pid) linked(aside, lock);
  rmSync(aside);
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
