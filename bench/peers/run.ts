/** `npm run bench -- peers`: prints one table and keeps its figures in bench/peers/results.json. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { libraryNames } from "./libraries/all";
import { rowsOf } from "./rows";
import { startServers } from "./servers";
import { tableOf } from "./table";

async function run(only: string | undefined): Promise<void> {
  const servers = await startServers();
  const rows = await rowsOf(servers, only).finally(() => servers.stop());
  console.log(`\nMedian of the rounds (least … most)\n\n${tableOf(rows, libraryNames)}`);
  if (only !== undefined) return;
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  writeFileSync(join(__dirname, "results.json"), `${JSON.stringify({ machine, rows }, undefined, 2)}\n`);
}

run(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exit(1); // with the processes of libraries that still wait
});
