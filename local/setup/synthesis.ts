/** Synthesizes the application as `cdk synth` does, but only if a file that it is made from has changed. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import * as z from "zod/mini";
import { cloneFolder } from "./data-folder";
import { startStep } from "./start-step";

const inputs = ["bin", "lib", "lambdas", "toolkit", "cdk.json", "package-lock.json", "tsconfig.json"];

const CdkSettings = z.object({ context: z.record(z.string(), z.unknown()) });

/** Resolves with the folder of the cloud assembly. */
export async function synthesize(dataFolder: string, abort: AbortSignal): Promise<string> {
  const assembly = join(dataFolder, "cdk.out");
  const stamp = join(dataFolder, "cdk.out.inputs");
  const hash = hashOfInputs();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash && existsSync(assembly)) return assembly;

  rmSync(stamp, { force: true });
  rmSync(assembly, { recursive: true, force: true });
  await startStep("synthesizing the application", () => runCdkApp(assembly, abort));
  writeFileSync(stamp, hash);
  return assembly;
}

async function runCdkApp(assembly: string, signal: AbortSignal): Promise<void> {
  const { context } = CdkSettings.parse(JSON.parse(readFileSync(join(cloneFolder, "cdk.json"), "utf8")));
  const env = {
    ...process.env,
    CDK_OUTDIR: assembly,
    CDK_CONTEXT_JSON: JSON.stringify(context),
    // Without it, the AWS SDK asks the network for credentials that nothing here needs.
    AWS_EC2_METADATA_DISABLED: "true",
    // What is checked is whether it can be deployed: tests and `cdk` do that.
    CDK_VALIDATION: "false",
  };
  try {
    await promisify(execFile)(process.execPath, ["--import", "tsx", "bin/app.ts"], { cwd: cloneFolder, env, signal });
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr).trimEnd() : String(error);
    throw new Error(`the application could not be synthesized:\n${output}`, { cause: error });
  }
}

function hashOfInputs(): string {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap((input) => filesIn(join(cloneFolder, input))))
    hash.update(relative(cloneFolder, file)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** In an order that is the same each time. */
function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name !== "node_modules")
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
