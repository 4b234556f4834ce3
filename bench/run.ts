/** `npm run bench`: prints the tables and keeps the figures in bench/results.json. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { dataFolder } from "../local/setup/data-folder";
import { synthesize } from "../local/setup/synthesis";
import { type Bundle, measureBundles } from "./bundles";
import { measureDueReads } from "./due-reads";
import { measureFilmReads } from "./film-reads";
import type { Measured, Spread } from "./rounds";
import { type MeasuredSessions, measureSessions } from "./sessions";
import { type BenchServers, startServers } from "./servers";

async function run(): Promise<void> {
  const assembly = await synthesize(dataFolder(), new AbortController().signal);
  const bundles = await measureBundles(join(assembly, "assembly-dev"));
  const servers = await startServers();
  const [filmReads, dueReads, sessions] = await measure(servers).finally(() => servers.stop());

  printFilmReads(filmReads);
  printDueReads(dueReads);
  printSessions(sessions);
  printBundles(bundles);
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  writeFileSync(
    join(__dirname, "results.json"),
    `${JSON.stringify({ machine, filmReads, dueReads, sessions, bundles }, undefined, 2)}\n`,
  );
}

async function measure(servers: BenchServers): Promise<[readonly Measured[], readonly Measured[], MeasuredSessions]> {
  return [
    await measureFilmReads(servers),
    await measureDueReads(servers),
    await measureSessions(servers.redis.address),
  ];
}

function printSessions({ reads, serverMicros, bytesPerSession, cartBytes }: MeasuredSessions): void {
  console.log("\nA session, read one at a time; median of the rounds (least … most)\n");
  console.table(
    reads.map(({ name, p50Ms, p99Ms }) => ({ "": name, "p50 ms": text(p50Ms, 3), "p99 ms": text(p99Ms, 3) })),
  );
  const micros = Object.entries(serverMicros).map(([script, each]) => `${script} ${each.toFixed(1)} µs`);
  console.log(`The server works for one script: ${micros.join(", ")}.`);
  console.log(
    `A user with one session takes ${bytesPerSession.toFixed(0)} bytes in Redis, ${cartBytes} of them the data.`,
  );
}

function printFilmReads(filmReads: readonly Measured[]): void {
  console.log("\nGET /movies/{id} through the handler, one at a time; median of the rounds (least … most)\n");
  const slowest = Math.min(...filmReads.map(({ perSecond }) => perSecond.median));
  console.table(
    filmReads.map(({ name, perSecond, p50Ms, p99Ms }) => ({
      film: name,
      "requests/s": text(perSecond, 0),
      "p50 ms": text(p50Ms, 2),
      "p99 ms": text(p99Ms, 2),
      ratio: `${(perSecond.median / slowest).toFixed(2)}×`,
    })),
  );
}

function printDueReads(dueReads: readonly Measured[]): void {
  console.log("\nThe same, of a film past its lifetime whose source takes 50 ms\n");
  console.table(
    dueReads.map(({ name, p50Ms, p99Ms }) => ({ film: name, "p50 ms": text(p50Ms, 2), "p99 ms": text(p99Ms, 2) })),
  );
}

function printBundles(bundles: readonly Bundle[]): void {
  console.log("\nThe deployed bundles\n");
  console.table(
    bundles.map(({ name, kilobytes, importMs }) => ({
      function: name,
      kB: kilobytes.toFixed(0),
      "import ms": text(importMs, 0),
    })),
  );
}

function text({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} … ${max.toFixed(digits)})`;
}

run().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
