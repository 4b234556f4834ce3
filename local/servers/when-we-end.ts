/**
 * Runs a shell script when this process has ended in whatever way, kill -9 included.
 *
 * A shell waits for the end of its input, and that comes from the system. It is in a session of its own, out of reach
 * of Ctrl-C.
 */
import { spawn } from "node:child_process";
import { Socket } from "node:net";

/** The arguments are `$1`, `$2` … of the script. Returns how to call it off. */
export function whenWeEnd(script: string, ...args: readonly (string | number)[]): () => void {
  const shell = spawn("sh", ["-c", `read -r _; ${script}`, "sh", ...args.map(String)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
  });
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return () => void shell.kill("SIGKILL");
}
