#!/usr/bin/env node
/**
 * Where `npm start`, `npm test` and the others begin: in plain Node without dependencies, so that they work in a fresh
 * clone. Installs what is missing, then runs the command on the version of Node that Lambda has.
 */
import { cloneFolder, peersFolder } from "./setup/clone-folder.mjs";
import { check } from "./setup/check.mjs";
import { installDependencies } from "./setup/install.mjs";
import { onNode24 } from "./setup/node-24.mjs";

/** Each takes the rest of the command line and resolves with the exit status. */
const commands = {
  start: (args) => onNode24("--import", "tsx", "local/start.ts", ...args),
  test: (args) => onNode24("node_modules/jest/bin/jest.js", ...args),
  check: () => check(),
  bench: async ([what, ...args]) => {
    if (what === undefined) return onNode24("--import", "tsx", "bench/run.ts");
    if (what === "scale") return onNode24("--import", "tsx", "bench/scale.ts", ...args);
    const programs = { peers: "run", limits: "limits", locks: "locks", queues: "queues", leaderboards: "leaderboards" };
    const program = programs[what];
    if (program === undefined)
      throw new Error(
        `there is no benchmark ${what}: leave it out, or say one of scale, ${Object.keys(programs).join(", ")}`,
      );
    await installDependencies(peersFolder);
    return onNode24("--import", "tsx", `bench/peers/${program}.ts`, ...args);
  },
  drill: (args) => onNode24("--import", "tsx", "local/drill.ts", ...args),
  smoke: (args) => onNode24("--import", "tsx", "local/smoke.ts", ...args),
  doctor: (args) => onNode24("--import", "tsx", "toolkit/doctor/larder.ts", "doctor", ...args),
  cost: (args) => onNode24("--import", "tsx", "local/cost.ts", ...args),
  pack: () => onNode24("--import", "tsx", "local/pack.ts"),
  "release:templates": () => onNode24("--import", "tsx", "test/lib/released/write-released.ts"),
  cdk: (args) => onNode24("node_modules/aws-cdk/bin/cdk", "--no-notices", ...args),
};

async function main(name, ...args) {
  const command = commands[name];
  if (command === undefined)
    throw new Error(`usage: node local/run.mjs ${Object.keys(commands).join("|")} [arguments]`);
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) throw new Error(`this is Node ${process.versions.node}: install Node 20 or later from nodejs.org`);
  process.chdir(cloneFolder);
  await installDependencies(cloneFolder);
  return command(args);
}

try {
  process.exitCode = await main(...process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
