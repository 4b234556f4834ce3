/**
 * What the process of a library runs, compiled as a bundle for Lambda is: what a loader of TypeScript adds to each function
 * would be measured otherwise, in Larder's source and in none of the others'.
 */
import { buildSync } from "esbuild";
import { join } from "node:path";

const outDir = join(__dirname, "node_modules", ".larder");
const usual = { bundle: true, platform: "node", format: "esm", packages: "external", target: "node24" } as const;
let program: string | undefined;

export function libraryProgram(): string {
  program ??= build();
  return program;
}

function build(): string {
  const toolkit = join(outDir, "toolkit.mjs");
  const processOfLibrary = join(outDir, "library-process.mjs");
  buildSync({
    ...usual,
    entryPoints: [join(__dirname, "../../toolkit/index.ts")],
    alias: { ioredis: "ioredis-6" }, // `ioredis` is the 5 here that a peer wants
    outfile: toolkit,
  });
  buildSync({
    ...usual,
    entryPoints: [join(__dirname, "library-process.ts")],
    alias: { "@larder/toolkit": toolkit },
    outfile: processOfLibrary,
  });
  return processOfLibrary;
}
