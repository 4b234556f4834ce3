/**
 * Programs compiled as a bundle for Lambda is: what a loader of TypeScript adds to each function would be measured
 * otherwise, in Larder's source and in none of the others'.
 */
import { buildSync } from "esbuild";
import { join } from "node:path";

const outDir = join(__dirname, "node_modules", ".larder");
const usual = { bundle: true, platform: "node", format: "esm", packages: "external", target: "node24" } as const;
const programs = new Map<string, string>();

export type Program =
  "library-process" | "limits-process" | "locks-process" | "queues-process" | "leaderboards-process";

/** The file that runs a program of this folder. */
export function compiled(program: Program): string {
  const file = programs.get(program) ?? build(program);
  programs.set(program, file);
  return file;
}

function build(program: string): string {
  const toolkit = join(outDir, "toolkit.mjs");
  const outfile = join(outDir, `${program}.mjs`);
  buildSync({
    ...usual,
    entryPoints: [join(__dirname, "../../toolkit/index.ts")],
    alias: { ioredis: "ioredis-6" }, // `ioredis` is the 5 here that a peer wants
    outfile: toolkit,
  });
  buildSync({
    ...usual,
    entryPoints: [join(__dirname, `${program}.ts`)],
    alias: { "@larder/toolkit": toolkit },
    outfile,
  });
  return outfile;
}
