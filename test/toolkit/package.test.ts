import * as toolkit from "@larder/toolkit";
import { buildSync } from "esbuild";
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cloneFolder, temporaryFolder } from "../../local/setup/data-folder";
import { packToolkit } from "../../local/setup/toolkit-package";
import { connected, reach } from "../support/redis-clients";
import { ownRedis, servers } from "../support/servers";
import { until } from "../support/until";

const run = promisify(execFile);

const readme = readFileSync(join(cloneFolder, "toolkit", "README.md"), "utf8");
const tenLines = /```js\n([^]*?)```/.exec(readme)![1]!;

/** The same program for CommonJS, which has no `await` outside of functions. */
function inFunction(program: string): string {
  const [imports, ...body] = program.split("\n");
  return `${imports}\nvoid (async () => {\n${body.join("\n")}\n})();\n`;
}

function asCommonJs(program: string): string {
  return inFunction(program).replace(/^import (.*) from (".*");/, "const $1 = require($2);");
}

const formats: [file: string, written: (program: string) => string][] = [
  ["program.mjs", (program) => program],
  ["program.cjs", asCommonJs],
];

/** These packages and all that they need, from our own `node_modules`, where each is there once. */
function withDependencies(names: readonly string[], known = new Set<string>()): Set<string> {
  for (const name of names.filter((each) => !known.has(each))) {
    const manifest = readFileSync(join(cloneFolder, "node_modules", name, "package.json"), "utf8");
    const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> };
    withDependencies(Object.keys(dependencies), known.add(name));
  }
  return known;
}

/** A service with the packed toolkit and ioredis, installed by npm without a network: what they need is packed here too. */
async function serviceWithToolkit(): Promise<string> {
  const folder = temporaryFolder();
  const needed = [...withDependencies(["ioredis", "cluster-key-slot"])];
  const paths = needed.map((name) => join(cloneFolder, "node_modules", name));
  const [tarball, { stdout }] = await Promise.all([
    packToolkit(folder),
    run("npm", ["pack", "--ignore-scripts", ...paths], { cwd: folder }),
  ]);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "service", private: true }));
  const tarballs = stdout.trim().split("\n");
  await run(
    "npm",
    ["install", "--offline", "--no-audit", "--no-fund", tarball, ...tarballs.map((each) => `./${each}`)],
    {
      cwd: folder,
    },
  );
  return folder;
}

describe("the packed toolkit, installed into an empty folder", () => {
  let folder: string;
  beforeAll(async () => (folder = await serviceWithToolkit()), 120_000);

  async function output(file: string, program: string, env: Record<string, string> = {}): Promise<string> {
    writeFileSync(join(folder, file), program);
    return (await run(process.execPath, [file], { cwd: folder, env: { ...process.env, ...env } })).stdout;
  }

  it.each(formats)("runs the ten lines of its README as %s", async (file, written) => {
    const { address } = await ownRedis();
    const client = connected(reach("single", address));
    await until("Redis lets in who has no password", async () => {
      if (client.status !== "ready") return false;
      return client.call("ACL", "SETUSER", "default", "on", "nopass");
    });
    expect(tenLines.trim().split("\n")).toHaveLength(10);
    const env = { REDIS_HOST: address.host, REDIS_PORT: String(address.port) };
    const film = (title: string, tier: string) => `{ value: '${title}', tier: '${tier}' }`;
    const expected = `${film("Slam", "load")}\n${film("Slam Dunk", "load")} ${film("Slam Dunk", "near")}\n`;
    // On a busy machine a read may take longer than its 50 ms, and says bypass.
    await until(
      `the ten lines print ${expected}`,
      async () => (await output(file, written(tenLines), env)) === expected,
    );
  });

  it.each(formats)("reads from a cluster as %s", async (file, written) => {
    const { nodes, user, password } = servers().cluster;
    const redis = { mode: "cluster", ...nodes[0] };
    const program = `import { connectRedis, SharedCache } from "@larder/toolkit";
const redis = connectRedis({ ...${JSON.stringify(redis)}, credentials: { username: "${user}", password: () => "${password}" } });
const films = () => new SharedCache({ redis, deadlineMs: 5_000 }).collection("${file}", { ttlMs: 60_000, load: async (id) => id });
const ids = ["1", "2", "3", "4", "5", "6"];
await Promise.all(ids.map((id) => films().get(id)));
const found = films();
console.log(...(await Promise.all(ids.map(async (id) => (await found.lookup(id)).tier))));
redis.disconnect();`;
    await expect(output(file, written(program))).resolves.toBe("redis redis redis redis redis redis\n");
  });

  it.each(["run by Node", "bundled"])(
    "is one and the same to what imports it and what requires it, %s",
    async (how) => {
      const program = `import * as imported from "@larder/toolkit";
${how === "bundled" ? "" : 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);'}
const required = require("@larder/toolkit");
const names = Object.keys(imported).filter((name) => imported[name] === required[name]);
console.log(JSON.stringify(names.sort()));
`;
      const expected = `${JSON.stringify(Object.keys(toolkit).sort())}\n`;
      if (how === "run by Node") return expect(output("both.mjs", program)).resolves.toBe(expected);
      writeFileSync(join(folder, "to-bundle.js"), program);
      const entryPoints = [join(folder, "to-bundle.js")];
      const { outputFiles } = buildSync({ entryPoints, bundle: true, platform: "node", format: "cjs", write: false });
      return expect(output("bundle.cjs", outputFiles[0]!.text)).resolves.toBe(expected);
    },
  );

  it("runs in a bundle of ES modules, which holds nothing that isn't used", async () => {
    writeFileSync(
      join(folder, "fence.mjs"),
      'import { fencePredicate } from "@larder/toolkit";\nconsole.log(fencePredicate(1));\n',
    );
    const entryPoints = [join(folder, "fence.mjs")];
    const packages = ["ioredis", "cluster-key-slot"];
    const { outputFiles } = buildSync({
      entryPoints,
      bundle: true,
      platform: "node",
      format: "esm",
      external: packages,
      write: false,
    });
    const { text } = outputFiles[0]!;
    await expect(output("fence.bundle.mjs", text)).resolves.toContain("fence_token < $1::bigint");
    expect(text).not.toContain("X-Amz-Signature");
  });

  it("brings the pages that its README sends its readers to", () => {
    const pages = [...readme.matchAll(/`([\w/.-]+\.(?:md|ts))`/g)].map(([, path]) => path!);
    expect(pages).toEqual(expect.arrayContaining(["docs/fencing.md", "docs/redis-rights.md", "docs/wire-format.md"]));
    const brought = (path: string) => existsSync(join(folder, "node_modules", "@larder", "toolkit", path));
    expect(pages.filter((path) => !brought(path))).toEqual([]);
  });

  it("brings the command larder, also as one file that needs nothing beside it", async () => {
    const said = (program: string) =>
      run(process.execPath, [program, "doctor"], { env: {} }).then(
        () => "",
        (error: unknown) => (error as { stderr: string }).stderr,
      );
    await expect(said(join(folder, "node_modules", ".bin", "larder"))).resolves.toMatch(/^--host is missing\n/);
    const alone = join(temporaryFolder(), "larder.cjs");
    copyFileSync(join(folder, "node_modules", "@larder", "toolkit", "bin", "larder.cjs"), alone);
    await expect(said(alone)).resolves.toMatch(/^--host is missing\n/);
  });

  it.each([
    { moduleResolution: "nodenext", module: "nodenext", files: ["program.mts", "program.cts"] },
    // One full look at the declarations themselves is enough.
    { moduleResolution: "bundler", module: "preserve", skipLibCheck: true, files: ["program.mts", "program.cts"] },
    { moduleResolution: "node10", module: "commonjs", ignoreDeprecations: "6.0", files: ["program.cts"] },
  ])(
    "brings types for moduleResolution $moduleResolution",
    async ({ files, ...resolution }) => {
      const typed = `${tenLines}
// @ts-expect-error a lifetime is a number: without types this would pass
new SharedCache({ redis }).collection("films", { ttlMs: "1", load: async () => 1 });
const title: string | undefined = await films.get("42");
void title;
`;
      const asRequired = `import type { SharedCache as Required } from "@larder/toolkit" with { "resolution-mode": "require" };
export const one: Required = new SharedCache({ redis });
import type { AddOptions, Clock, SessionStore, UseOptions, WorkOptions } from "@larder/toolkit";
export const use: UseOptions = { cost: undefined };
export const add: AddOptions = { id: "1", atMs: undefined };
export const work: WorkOptions = { concurrency: 1, signal: undefined };
export const create: Parameters<SessionStore<string>["create"]>[2] = { replaces: undefined };
export const clock: Clock = () => ({ monotonicMs: 0, wallMs: 0 });
`;
      writeFileSync(join(folder, "program.mts"), typed + asRequired);
      writeFileSync(join(folder, "program.cts"), inFunction(typed));
      const compilerOptions = {
        ...resolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        target: "es2022",
        lib: ["es2022"],
        types: ["node"],
        typeRoots: [join(cloneFolder, "node_modules", "@types")],
      };
      const settings = { compilerOptions, files };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
      const compiler = join(cloneFolder, "node_modules", "typescript", "bin", "tsc");
      const faults = run(process.execPath, [compiler, "--project", folder]).then(
        () => "",
        (error: unknown) => (error as { stdout: string }).stdout,
      );
      await expect(faults).resolves.toBe("");
    },
    120_000,
  );
});
