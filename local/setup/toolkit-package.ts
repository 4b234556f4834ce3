/**
 * The toolkit as a service installs it: ES modules, CommonJS and types, built from its source and packed by npm.
 *
 * In this repository `@larder/toolkit` is its TypeScript source, so that nothing has to be built before it is used. npm can't
 * publish other `exports` than those in package.json, hence a package put together in a folder of its own. The source stays
 * `private`, so that nobody publishes it as it is; what is built here isn't.
 */
import { buildSync } from "esbuild";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import * as z from "zod/mini";
import { cloneFolder, temporaryFolder } from "./data-folder";

const run = promisify(execFile);

const source = join(cloneFolder, "toolkit");

const Manifest = z.looseObject({ engines: z.object({ node: z.string().check(z.regex(/^>=\d+$/)) }) });

/** One folder for each kind of module, since the nearest package.json says which kind a `.js` and a `.d.ts` is. */
const kinds = [
  { folder: "esm", format: "esm", type: "module" },
  { folder: "cjs", format: "cjs", type: "commonjs" },
] as const;

const command = "bin/larder.cjs";

/** Resolves with the path of the tarball, which is in `folder`. */
export async function packToolkit(folder: string): Promise<string> {
  const staging = temporaryFolder();
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(source, "package.json"), "utf8")));
  writeJson(join(staging, "package.json"), {
    ...manifest,
    private: undefined,
    exports: conditionalExports(),
    bin: { larder: `./${command}` },
  });
  copyFileSync(join(source, "README.md"), join(staging, "README.md"));
  copyFileSync(join(cloneFolder, "LICENSE"), join(staging, "LICENSE"));
  for (const kind of kinds) writeJson(join(staging, kind.folder, "package.json"), { type: kind.type });
  writeDeclarations(kinds.map((kind) => join(staging, kind.folder)));
  const target = manifest.engines.node.replace(">=", "node");
  const built = { bundle: true, platform: "node", target } as const;
  for (const { folder: part, format } of kinds)
    buildSync({
      ...built,
      entryPoints: [join(source, "index.ts")],
      outfile: join(staging, part, "index.js"),
      packages: "external",
      format,
    });
  // With all that it needs in it: one file can be brought into a network that has no way out.
  buildSync({ ...built, entryPoints: [join(source, "doctor", "larder.ts")], outfile: join(staging, command) });
  const { stdout } = await run("npm", ["pack", staging, "--pack-destination", folder]);
  return join(folder, stdout.trim());
}

/** `types` comes first in each: TypeScript takes the first condition that fits. */
function conditionalExports(): unknown {
  const filesIn = (folder: string) => ({ types: `./${folder}/index.d.ts`, default: `./${folder}/index.js` });
  return { ".": { import: filesIn("esm"), require: filesIn("cjs") } };
}

function writeDeclarations(folders: readonly string[]): void {
  const emitted = "/"; // nothing is written there: each file goes to all folders
  const settings = ts.getParsedCommandLineOfConfigFile(
    join(cloneFolder, "tsconfig.json"),
    { noEmit: false, declaration: true, emitDeclarationOnly: true, types: ["node"], rootDir: source, outDir: emitted },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault) => refuse([fault]) },
  );
  const roots = ["index.ts", "redis/cluster-key-slot.d.ts"].map((path) => join(source, path));
  const program = ts.createProgram(roots, settings?.options ?? {});
  refuse(ts.getPreEmitDiagnostics(program));
  const { diagnostics } = program.emit(undefined, (path, text) => {
    for (const folder of folders) write(join(folder, relative(emitted, path)), withExtensions(text));
  });
  refuse(diagnostics);
}

/** Node's resolution of ES modules, which TypeScript follows for `nodenext`, guesses no extension. */
function withExtensions(declarations: string): string {
  return declarations.replace(/(from |import\()"(\.{1,2}\/[^"]+)"/g, '$1"$2.js"');
}

function refuse(faults: readonly ts.Diagnostic[]): void {
  if (faults.length === 0) return;
  throw new Error(
    ts.formatDiagnostics(faults, {
      getCanonicalFileName: (path) => path,
      getCurrentDirectory: () => cloneFolder,
      getNewLine: () => "\n",
    }),
  );
}

function writeJson(path: string, content: unknown): void {
  write(path, `${JSON.stringify(content, undefined, 2)}\n`);
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
