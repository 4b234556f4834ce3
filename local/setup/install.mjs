/** Installs a package's dependencies with npm unless exactly those are there already. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { runQuietly } from "./child.mjs";
import { cloneFolder } from "./clone-folder.mjs";
import { step } from "./step.mjs";

export async function installDependencies(folder) {
  if (isInstalled(folder)) return;
  const whose = relative(cloneFolder, folder);
  await step(`installing ${whose ? `${whose}'s ` : ""}dependencies (about a minute the first time)`, () =>
    npmCi(folder),
  );
}

/** Compares the lock file with npm's own record, which it writes last: an install that was cut short has none. */
function isInstalled(folder) {
  const record = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const wanted = packagesIn(join(folder, "package-lock.json"));
  const installed = packagesIn(record);
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const there = installed[path];
    if (path === "" || (there === undefined && optional)) return true; // itself; or built for another system
    return there?.version === version && there?.integrity === integrity;
  });
}

function packagesIn(lockFile) {
  return JSON.parse(readFileSync(lockFile, "utf8")).packages;
}

async function npmCi(folder) {
  const { status, output } = await runQuietly("npm", ["ci", "--no-audit", "--no-fund"], folder).catch((error) => {
    if (error.code === "ENOENT") throw new Error("npm is not on the PATH: it comes with Node, from nodejs.org");
    throw error;
  });
  if (status === 0) return;
  if (output.includes("ENOSPC")) throw new Error("the disk is full: free about 1 GB, then try again");
  const reason = output.split("\n").filter((line) => /^npm (error|ERR!) ./.test(line));
  throw new Error(`npm ci failed in ${folder}:\n${reason.slice(0, 8).join("\n")}`);
}
