/** `npm run check`: all that can be said of the code without running it. */
import { quietlyOnNode24 } from "./node-24.mjs";
import { step } from "./step.mjs";

const bin = (path) => `node_modules/${path}`;

const checks = [
  ["types", bin("typescript/bin/tsc"), "--noEmit"],
  ["lint", bin("eslint/bin/eslint.js"), "."],
  ["format", bin("prettier/bin/prettier.cjs"), "--check", "."],
  [
    "import directions",
    bin("dependency-cruiser/bin/dependency-cruiser.mjs"),
    "bin",
    "lib",
    "lambdas",
    "toolkit",
    "local",
    "test",
    "bench",
  ],
  ["unused code", bin("knip/bin/knip.js")],
];

/** Resolves with the exit status, after every check has run. */
export async function check() {
  const failed = [];
  for (const [name, ...command] of checks) {
    const { status, output } = await step(name, () => quietlyOnNode24(...command));
    if (status === 0) continue;
    failed.push(name);
    process.stderr.write(output);
  }
  process.stderr.write(`${failed.length === 0 ? "all checks passed" : `failed: ${failed.join(", ")}`}\n`);
  return failed.length === 0 ? 0 : 1;
}
