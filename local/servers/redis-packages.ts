/**
 * Redis out of the packages of Debian or Ubuntu, unpacked into the data folder: nothing is installed, root isn't needed.
 *
 * apt keeps its lists and state in a folder of ours, so that it works where the system's lists are absent or another
 * apt is busy. What the system's own package source is configured to be stays in force, signatures included.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { whenWeEnd } from "./when-we-end";

const run = promisify(execFile);

export interface UnpackedRedis {
  readonly path: string;
  /** Where the libraries lie that came with it. */
  readonly libraryPath: string;
}

/** `undefined` where there is no apt, or it can't deliver. */
export async function redisFromDebianPackages(
  dataFolder: string,
  say: (line: string) => void,
): Promise<UnpackedRedis | undefined> {
  const home = join(dataFolder, "redis-packages");
  if (!existsSync(home)) {
    if (!existsSync("/usr/bin/apt-get")) return undefined;
    say("fetching Redis from the system's package source, into the data folder");
    // Complete or absent, also when two runs do this at once: the first to finish wins.
    const work = mkdtempSync(`${home}-`);
    whenWeEnd('rm -rf "$1"', work);
    try {
      await unpack(work);
      if (!existsSync(home)) renameSync(work, home);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason.includes("No space left on device")) throw error;
      if (!existsSync(home)) {
        say(`Redis could not be fetched with apt-get: ${reason.trimEnd()}`);
        return undefined;
      }
    }
  }
  return binaryIn(home);
}

async function unpack(work: string): Promise<void> {
  for (const folder of ["state/lists/partial", "cache/archives/partial", "debs"])
    mkdirSync(join(work, folder), { recursive: true });
  const apt = (program: string, ...args: string[]) =>
    run(program, [...aptOptions(work), ...args], { cwd: join(work, "debs"), maxBuffer: 64 * 1024 * 1024 });
  // One unreachable source among several is no reason to stop: the download says whether what we need is there.
  await apt("apt-get", "update").catch(() => undefined);
  await apt("apt-get", "download", "redis-server", "redis-tools");
  await unpackInto(work);

  const libraries = await missingLibraryPackages(work);
  if (libraries.length > 0) {
    await apt("apt-get", "download", ...libraries);
    await unpackInto(work);
  }
  for (const folder of ["state", "cache", "debs"]) rmSync(join(work, folder), { recursive: true });
}

function aptOptions(work: string): string[] {
  return [
    `Dir::State=${join(work, "state")}`,
    "Dir::State::status=/var/lib/dpkg/status",
    `Dir::Cache=${join(work, "cache")}`,
    "Acquire::Languages=none",
    // As root, apt would fetch as a user that can't enter our folder.
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
}

async function unpackInto(work: string): Promise<void> {
  for (const deb of readdirSync(join(work, "debs")))
    await run("dpkg", ["-x", join(work, "debs", deb), join(work, "root")]);
}

/** The library packages that redis-tools, where the program lies, depends on and this system doesn't have. */
async function missingLibraryPackages(work: string): Promise<string[]> {
  const tools = readdirSync(join(work, "debs")).find((deb) => deb.startsWith("redis-tools"));
  if (tools === undefined) return [];
  const { stdout } = await run("dpkg-deb", ["-f", join(work, "debs", tools), "Depends"]);
  const libraries = stdout.split(/[,|]/).flatMap((dependency) => /^\s*(lib[^\s(:]+)/.exec(dependency)?.[1] ?? []);
  const installed = await Promise.all(libraries.map(isInstalled));
  return libraries.filter((_, index) => !installed[index]);
}

async function isInstalled(packageName: string): Promise<boolean> {
  try {
    const { stdout } = await run("dpkg-query", ["-W", "-f=${Status}", packageName]);
    return stdout.includes("install ok installed");
  } catch {
    return false;
  }
}

function binaryIn(home: string): UnpackedRedis {
  const libraries = join(home, "root", "usr", "lib");
  // Libraries lie in a folder named after the processor: x86_64-linux-gnu.
  const folders = existsSync(libraries) ? readdirSync(libraries).filter((name) => name.endsWith("-linux-gnu")) : [];
  return {
    path: join(home, "root", "usr", "bin", "redis-server"),
    libraryPath: folders.map((name) => join(libraries, name)).join(":"),
  };
}
