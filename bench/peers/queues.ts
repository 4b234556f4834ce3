/** `npm run bench -- queues`: the queue beside BullMQ, in one run; keeps the figures in bench/peers/queues.json. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { compiled } from "./compiled";
import { startServers } from "./servers";

async function run(): Promise<void> {
  const servers = await startServers();
  try {
    const process = fork(compiled("queues-process"));
    process.send(servers.single);
    const figures: unknown = await Promise.race([
      once(process, "message").then(([message]) => message as unknown),
      once(process, "exit").then(() => Promise.reject(new Error("the queues couldn't be measured"))),
    ]);
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length };
    const text = JSON.stringify({ machine, ...Object(figures) }, undefined, 2);
    console.log(text);
    writeFileSync(join(__dirname, "queues.json"), `${text}\n`);
  } finally {
    await servers.stop();
  }
}

run().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
