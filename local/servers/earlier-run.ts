/** Clears what a killed run may have left on a server's folder: a stale pid file, or the server itself, still running. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { pause } from "./server-process";

/**
 * Stops the process named in the first line of `pidFile` if it works in `folder`, then removes the file. A process
 * elsewhere has only inherited the number, and is left alone.
 */
export async function endEarlierRun(pidFile: string, folder: string, stopSignal: NodeJS.Signals): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
  const isOurs = () => !Number.isNaN(pid) && workingFolderOf(pid) === realpathSync(folder);
  const giveUpAt = performance.now() + 10_000;
  if (isOurs()) {
    process.kill(pid, stopSignal);
    process.kill(pid, "SIGCONT");
  }
  while (isOurs()) {
    if (performance.now() > giveUpAt) process.kill(pid, "SIGKILL");
    await pause(20);
  }
  rmSync(pidFile, { force: true });
}

/** `undefined` if there is no such process, or it isn't ours to look at. */
export function workingFolderOf(pid: number): string | undefined {
  try {
    if (process.platform === "linux") return readlinkSync(`/proc/${pid}/cwd`);
    const listed = execFileSync("lsof", ["-a", "-p", String(pid), "-d", "cwd", "-Fn"], { encoding: "utf8" });
    return /^n(.*)$/m.exec(listed)?.[1];
  } catch {
    return undefined;
  }
}
