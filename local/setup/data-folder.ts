/**
 * Where a clone keeps what it made: servers' data, downloaded binaries, the synthesized app, generated passwords.
 *
 * `.larder/` in the clone, unless the user PostgreSQL runs as can't get there (root with a clone in /root, say): then a
 * folder under /var/tmp named after the clone's path.
 */
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { canReach, serverUser } from "../servers/server-user";
import { whenWeEnd } from "../servers/when-we-end";

export const cloneFolder = resolve(__dirname, "..", "..");

/** The clone's data folder, created if it is missing. */
export function dataFolder(): string {
  const folder = canReach(cloneFolder)
    ? join(cloneFolder, ".larder")
    : join("/var/tmp", `larder-${createHash("sha256").update(cloneFolder).digest("hex").slice(0, 12)}`);
  mkdirSync(folder, { recursive: true });
  if (process.getuid && lstatSync(folder).uid !== process.getuid())
    throw new Error(`${folder} belongs to another user: remove it, or work in a clone of your own`);
  chmodSync(folder, folderMode());
  return folder;
}

let temporaryFolders: string | undefined;

/** A new folder for data of this process only: removed when it has ended, in whatever way. */
export function temporaryFolder(): string {
  if (temporaryFolders === undefined) {
    temporaryFolders = newFolder(join(canReach(tmpdir()) ? tmpdir() : "/var/tmp", "larder-"));
    // Servers end at the same time and may still be writing.
    whenWeEnd('for try in $(seq 100); do rm -rf "$1" && exit; sleep 0.1; done', temporaryFolders);
  }
  return newFolder(`${temporaryFolders}/`);
}

function newFolder(prefix: string): string {
  const folder = mkdtempSync(prefix);
  chmodSync(folder, folderMode());
  return folder;
}

/** Owner only; as root, PostgreSQL's user may pass through to its own folder but not look around. */
function folderMode(): number {
  return serverUser() === undefined ? 0o700 : 0o711;
}
