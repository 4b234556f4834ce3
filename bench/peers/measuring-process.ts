/** A process that measures once, when it is told where Redis is. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { compiled, type Program } from "./compiled";
import { startServers } from "./servers";

/** Has one measure in a process of its own; prints the figures and keeps them in `<what>.json` of this folder. */
export function measureInProcess(what: "limits" | "queues" | "leaderboards"): void {
  run(what, `${what}-process`).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

async function run(what: string, program: Program): Promise<void> {
  const servers = await startServers();
  try {
    const process = fork(compiled(program));
    process.send(servers.single);
    const figures: unknown = await Promise.race([
      once(process, "message").then(([message]) => message as unknown),
      once(process, "exit").then(() => Promise.reject(new Error(`the ${what} couldn't be measured`))),
    ]);
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length };
    const text = JSON.stringify({ machine, ...Object(figures) }, undefined, 2);
    console.log(text);
    writeFileSync(join(__dirname, `${what}.json`), `${text}\n`);
  } finally {
    await servers.stop();
  }
}
