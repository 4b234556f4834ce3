/** Runs things on Node 24, as on Lambda: the one that npm's package `node` brings. */
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { runQuietly, runToEnd } from "./child.mjs";
import { cloneFolder } from "./clone-folder.mjs";
import { step } from "./step.mjs";

const binFolder = join(cloneFolder, "node_modules", "node", "bin");
const node = join(binFolder, "node");

/** Resolves with the exit status. */
export async function onNode24(...args) {
  await useNode24();
  return runToEnd(node, args);
}

/** Resolves with the exit status and what was printed. */
export async function quietlyOnNode24(...args) {
  await useNode24();
  return runQuietly(node, args);
}

async function useNode24() {
  if (!works()) {
    // The package fetches the program in an install script, which may have been blocked.
    await step("fetching Node 24", () => runQuietly("npm", ["rebuild", "node"]));
    if (!works())
      throw new Error(`${node} does not run: npm's install scripts may be switched off, try
  npm rebuild node --ignore-scripts=false --foreground-scripts`);
  }
  // What we start may start "node" itself, as cdk does.
  if (!process.env.PATH.startsWith(binFolder)) process.env.PATH = `${binFolder}${delimiter}${process.env.PATH}`;
}

function works() {
  return spawnSync(node, ["--version"], { encoding: "utf8" }).stdout?.startsWith("v24.") ?? false;
}
