/** Starts a server from a process of its own, then kills that process without giving it a chance to clean up. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Resolves with the server's process id when its parent is dead. */
export async function runAndAbandon(server: "redis" | "postgres"): Promise<{ pid: number }> {
  const parent = spawn(process.execPath, ["--import", "tsx", require.resolve("./starts-a-server.ts"), server], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  parent.kill("SIGKILL");
  await once(parent, "exit");
  return JSON.parse(line) as { pid: number };
}

/** A zombie counts as dead: it waits for nothing but to be collected. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  return !/^State:\s+Z/m.test(statusOf(pid));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "State: Z";
  }
}
