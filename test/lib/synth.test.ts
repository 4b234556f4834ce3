import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../../local/setup/data-folder";
import { bundledFiles } from "../../lambdas/contract/functions";
import type { Json } from "./support/json";
import { findingsIn, reportingPlugins } from "./support/synthesis-findings";

const root = path.join(__dirname, "../..");
const folder = temporaryFolder();
const outputFolder = path.join(folder, "cdk.out");

/**
 * Runs `cdk synth "**"` as somebody would who has no AWS account: no credentials, no home to find them in.
 *
 * Without `**` the CLI looks at no stack within a stage, and succeeds whatever the validation found.
 */
async function synthesize(): Promise<{ exitCode: number; output: string }> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_)/.test(name));
  const cdk = path.join(root, "node_modules/aws-cdk/bin/cdk");
  const run = spawn(process.execPath, [cdk, "synth", "**", "--quiet", "--no-notices", "--output", outputFolder], {
    cwd: root,
    env: {
      ...Object.fromEntries(kept),
      PATH: [path.dirname(process.execPath), path.join(root, "node_modules/.bin"), process.env.PATH].join(
        path.delimiter,
      ),
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: "true",
      CDK_DISABLE_CLI_TELEMETRY: "1",
    },
  });
  let output = "";
  for (const stream of [run.stdout, run.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = await once(run, "close");
  return { exitCode, output };
}

/** The folder of the bundle that a function of a stage is deployed from. */
function bundleOf(description: string, stage = "dev"): string {
  const assembly = path.join(outputFolder, `assembly-${stage}`);
  for (const name of readdirSync(assembly).filter((name) => name.endsWith(".template.json"))) {
    const template = JSON.parse(readFileSync(path.join(assembly, name), "utf8"));
    const found = Object.values<Json>(template.Resources).find(
      ({ Properties }) => Properties?.Description === description,
    );
    if (found) return path.join(assembly, found.Metadata["aws:asset:path"]);
  }
  throw new Error(`no template has the function "${description}"`);
}

describe("cdk synth without credentials", () => {
  let synthesized: { exitCode: number; output: string };
  beforeAll(async () => {
    synthesized = await synthesize();
  }, 180_000);

  it("succeeds with no finding of the checks that isn't acknowledged", () => {
    expect(synthesized).toMatchObject({ exitCode: 0 });
    expect(findingsIn(outputFolder)).toEqual([]);
    // A plugin that finds nothing isn't named: this one finds what is acknowledged, so the checks did run.
    expect(reportingPlugins(outputFolder)).toContain("Larder-Redis");
  });

  it("writes the templates of both stages", () => {
    for (const stage of ["dev", "prod"]) {
      const templates = readdirSync(path.join(outputFolder, `assembly-${stage}`)).filter((name) =>
        name.endsWith(".template.json"),
      );
      expect(templates).toHaveLength(4);
    }
  });

  it("puts the data of each function beside its bundle", () => {
    const { authorities, migrations, films } = bundledFiles;
    const filesOf = (name: string) => readdirSync(bundleOf(`Larder: ${name}`)).sort();
    const code = ["index.js", "index.js.map"];
    expect(filesOf("catalog")).toEqual([...code, authorities].sort());
    expect(filesOf("accounts")).toEqual([...code, authorities].sort());
    expect(filesOf("checkout")).toEqual([...code, authorities].sort());
    expect(filesOf("worker")).toEqual([...code, authorities].sort());
    expect(filesOf("unmatched")).toEqual(code);
    expect(filesOf("migrate")).toEqual([...code, authorities, migrations, films].sort());
    const sql = path.join(root, "lambdas/migrate/sql");
    expect(readdirSync(path.join(bundleOf("Larder: migrate"), migrations))).toEqual(readdirSync(sql));
  });

  it.each(["catalog", "accounts", "checkout", "leaderboards", "worker", "unmatched", "migrate", "release-check"])(
    "bundles a handler of %s that loads",
    (name) => {
      const bundle = JSON.stringify(path.join(bundleOf(`Larder: ${name}`, "prod"), "index.js"));
      const loaded = spawnSync(process.execPath, ["-p", `typeof require(${bundle}).handler`], {
        encoding: "utf8",
        env: { AWS_REGION: "us-east-2" },
      });
      expect(loaded).toMatchObject({ status: 0, stdout: "function\n" });
    },
  );
});
