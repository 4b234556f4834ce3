/**
 * The toolkit as a service installs it: CommonJS, its names for ES modules, and types, built from its source and packed by npm.
 *
 * Node runs one build of it: had it one for each kind of modules, a process that imports one and requires the other would
 * have two of each class, and neither would know the other's values and errors. Bundlers take another, of ES modules, for both: of
 * that they leave out what isn't used.
 *
 * In this repository `@larder/toolkit` is its TypeScript source, so that nothing has to be built before it is used. npm can't
 * publish other `exports` than those in package.json, hence a package put together in a folder of its own. The source stays
 * `private`, so that nobody publishes it as it is; what is built here isn't.
 */
import { buildSync, type Metafile } from "esbuild";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import * as z from "zod/mini";
import { cloneFolder, temporaryFolder } from "./data-folder";

const run = promisify(execFile);

const source = join(cloneFolder, "toolkit");

const Manifest = z.looseObject({ engines: z.object({ node: z.string().check(z.regex(/^>=\d+$/)) }) });

/** One folder for each kind of module, since the nearest package.json says which kind a `.js` and a `.d.ts` is. */
const kinds = { esm: "module", cjs: "commonjs", bundled: "module" };
/** Seen from another folder. */
const build = "../cjs/index.js";

/** What the README sends its readers to. */
const pages = ["docs/fencing.md", "docs/redis-rights.md", "docs/wire-format.md"];

const command = "bin/larder.cjs";

/** Resolves with the path of the tarball, which is in `folder`. */
export async function packToolkit(folder: string): Promise<string> {
  const staging = temporaryFolder();
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(source, "package.json"), "utf8")));
  writeJson(join(staging, "package.json"), {
    ...manifest,
    private: undefined,
    ...entryPoints(),
    bin: { larder: `./${command}` },
  });
  copy(join(source, "README.md"), join(staging, "README.md"));
  for (const file of ["LICENSE", ...pages]) copy(join(cloneFolder, file), join(staging, file));
  for (const [folder, type] of Object.entries(kinds)) writeJson(join(staging, folder, "package.json"), { type });
  writeDeclarations(join(staging, "cjs"));
  const target = manifest.engines.node.replace(">=", "node");
  const built = { bundle: true, platform: "node", target } as const;
  const library = { ...built, entryPoints: [join(source, "index.ts")], packages: "external" as const };
  buildSync({ ...library, outfile: join(staging, "cjs", "index.js"), format: "cjs" });
  const modules = { ...library, outfile: join(staging, "bundled", "index.js"), format: "esm" as const };
  const names = exportedNames(buildSync({ ...modules, metafile: true }).metafile);
  write(join(staging, "esm", "index.js"), `export { ${names.join(", ")} } from "${build}";\n`);
  for (const folder of ["esm", "bundled"]) write(join(staging, folder, "index.d.ts"), `export * from "${build}";\n`);
  // With all that it needs in it: one file can be brought into a network that has no way out.
  buildSync({ ...built, entryPoints: [join(source, "doctor", "larder.ts")], outfile: join(staging, command) });
  const { stdout } = await run("npm", ["pack", staging, "--pack-destination", folder]);
  return join(folder, stdout.trim());
}

/**
 * `types` comes first in each: TypeScript takes the first condition that fits. `module` is for bundlers alone. `main` and
 * `types` are for what doesn't know `exports`, such as `moduleResolution: node10`.
 */
function entryPoints() {
  const filesIn = (folder: string) => ({ types: `./${folder}/index.d.ts`, default: `./${folder}/index.js` });
  const [main, module] = [filesIn("cjs"), filesIn("bundled")];
  return { main: main.default, types: main.types, exports: { ".": { module, import: filesIn("esm"), require: main } } };
}

function exportedNames({ outputs }: Metafile): readonly string[] {
  return Object.values(outputs).flatMap((output) => output.exports);
}

function writeDeclarations(folder: string): void {
  const emitted = "/"; // nothing is written there
  const settings = ts.getParsedCommandLineOfConfigFile(
    join(cloneFolder, "tsconfig.json"),
    { noEmit: false, declaration: true, emitDeclarationOnly: true, types: ["node"], rootDir: source, outDir: emitted },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault) => refuse([fault]) },
  );
  const roots = ["index.ts", "redis/cluster-key-slot.d.ts"].map((path) => join(source, path));
  const program = ts.createProgram(roots, settings?.options ?? {});
  refuse(ts.getPreEmitDiagnostics(program));
  const { diagnostics } = program.emit(undefined, (path, text) => {
    write(join(folder, relative(emitted, path)), withExtensions(text));
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

function copy(from: string, to: string): void {
  write(to, readFileSync(from, "utf8"));
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
