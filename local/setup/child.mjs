/** Children of the bootstrap: what we are told by signal reaches them once, and their exit status becomes ours. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { cloneFolder } from "./clone-folder.mjs";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Resolves with the exit status when the command has ended.
 *
 * The child has a session of its own. In ours, Ctrl-C would reach it from the terminal, from npm and from us: three
 * times. So only the first of those goes on.
 */
export function runToEnd(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: cloneFolder, stdio: "inherit", detached: true });
    let told = false;
    const forward = (signal) => {
      if (!told) child.kill(signal);
      told = true;
    };
    for (const signal of forwarded) process.on(signal, forward);
    child.once("error", reject).once("exit", (status, signal) => {
      for (const each of forwarded) process.off(each, forward);
      resolve(status ?? 128 + constants.signals[signal]);
    });
  });
}

/** Resolves with the exit status and all that the command printed. */
export function runQuietly(command, args, folder = cloneFolder) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.once("error", reject).once("close", (status) => resolve({ status: status ?? 1, output }));
  });
}
