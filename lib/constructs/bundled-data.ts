import path from "node:path";
import type { ICommandHooks } from "aws-cdk-lib/aws-lambda-nodejs";
import { bundledFiles } from "../../lambdas/contract/functions";

/** One thing that lies beside a bundle because it is data, not code. */
export type BundledData = keyof typeof bundledFiles;

const root = path.join(__dirname, "../..");
const writeAuthorities = path.join(root, "lib/bundling/write-rds-authorities.mjs");
const sources = {
  migrations: path.join(root, "lambdas/migrate/sql"),
  films: path.join(root, "node_modules/vega-datasets/data/movies.json"),
};

/** Puts data beside a bundle, as shell commands: the only form in which CDK lets one add to it. */
export function bundledData(wanted: readonly BundledData[], region: string): ICommandHooks {
  const command = (data: BundledData, outputFolder: string) => {
    const target = path.join(outputFolder, bundledFiles[data]);
    return data === "authorities"
      ? node(writeAuthorities, region, target)
      : node("-e", "fs.cpSync(process.argv[1], process.argv[2], { recursive: true })", sources[data], target);
  };
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_inputFolder, outputFolder) => wanted.map((data) => command(data, outputFolder)),
  };
}

/** Runs this Node: the first one on the PATH may be another, and `cp` is missing on Windows. */
function node(...args: string[]): string {
  return [process.execPath, ...args].map((word) => JSON.stringify(word)).join(" ");
}
